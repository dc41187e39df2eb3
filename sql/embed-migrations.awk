# embed-migrations.awk: sql/roles.sql to ROLES(text), and
# sql/migrate/NNNN-name.{up,down}.sql to rows of MIGRATION(number, name, up,
# down), in order and without a gap.

function die(why)
{
	printf("embed-migrations.awk: %s\n", why) >"/dev/stderr"
	bad = 1
	exit 1
}

function literal(s)
{
	gsub(/\\/, "&&", s)
	gsub(/"/, "\\\\&", s)
	gsub(/\t/, "\\t", s)
	return "\n    \"" s "\\n\""
}

FNR == 1 {
	base = FILENAME
	sub(/.*\//, "", base)
	n = way = ""
}

FNR == 1 && base != "roles.sql" {
	if (base !~ /^[0-9][0-9][0-9][0-9]-[a-z0-9-]+\.(up|down)\.sql$/)
		die(FILENAME ": want NNNN-name.up.sql or NNNN-name.down.sql")
	n = substr(base, 1, 4) + 0
	way = base ~ /\.up\.sql$/ ? "up" : "down"
	title = substr(base, 6)
	sub(/\.(up|down)\.sql$/, "", title)
	if ((n, way) in text)
		die(FILENAME ": a second " way " of " n)
	if (n in name && name[n] != title)
		die(FILENAME ": " n " is also called " name[n])
	name[n] = title
	if (n > last)
		last = n
}

{
	text[n, way] = text[n, way] literal($0)
}

END {
	if (bad)
		exit 1
	if (last == 0 || !(("", "") in text))
		die("no migrations, or no roles.sql")
	for (n = 1; n <= last; n++)
		if (!((n, "up") in text) || !((n, "down") in text))
			die("an up or a down of " n " is missing")
	print "/* Made by sql/embed-migrations.awk; edit sql/migrate instead. */"
	printf("ROLES(%s)\n", text["", ""])
	for (n = 1; n <= last; n++)
		printf("MIGRATION(%d, \"%s\",%s,%s)\n", n, name[n],
		    text[n, "up"], text[n, "down"])
}
