# embed-queries.awk: sql/query/*.sql to rows of Q(NAME, parameters, flags, text).
#
#	-- name: thread_get :owned [:binary]
#	-- $1 owner, $2 thread
#	SELECT ... ;
#
# :owned statements take the owner as $1, :free ones do not.  :binary ones
# return their columns in binary form: all of them text or bytea, which then
# are the bytes themselves.  The text ends with a ';' at the end of a line.  Comments go, white space outside of quotes
# becomes one blank.

function die(why)
{
	printf("%s:%d: %s\n", FILENAME, FNR, why) >"/dev/stderr"
	bad = 1
	exit 1
}

function begin(line,	f, n)
{
	if (name != "")
		die("no ';' ends " name)
	n = split(line, f, " ")
	if (n < 4 || n > 5 || f[3] !~ /^[a-z][a-z0-9_]*$/ ||
	    (f[4] != ":owned" && f[4] != ":free") ||
	    (n == 5 && f[5] != ":binary"))
		die("want \"-- name: some_name :owned\" or \":free\"")
	name = f[3]
	if (name in seen)
		die("a second " name)
	seen[name] = 1
	owned = f[4] == ":owned"
	flags = (owned ? "STMT_OWNED" : "0") (n == 5 ? " | STMT_BINARY" : "")
	text = quote = ""
	top = first = 0
}

function parameter(n)
{
	if (n > top)
		top = n
	if (n == 1)
		first = 1
}

# One blank between two words, none at the start.
function blank()
{
	if (text != "" && text !~ / $/)
		text = text " "
}

# Adds a line's SQL to text; true when a ';' ended it.
function scan(line,	c, i, n, rest)
{
	n = length(line)
	for (i = 1; i <= n; i++) {
		c = substr(line, i, 1)
		rest = substr(line, i)
		if (quote != "") {
			if (substr(rest, 1, length(quote)) == quote) {
				c = quote
				i += length(quote) - 1
				quote = ""
			}
		} else if (c == "'" || c == "\"") {
			quote = c
		} else if (match(rest, /^\$([A-Za-z_][A-Za-z_0-9]*)?\$/)) {
			c = quote = substr(rest, 1, RLENGTH)
			i += RLENGTH - 1
		} else if (match(rest, /^\$[0-9]+/)) {
			c = substr(rest, 1, RLENGTH)
			parameter(substr(c, 2) + 0)
			i += RLENGTH - 1
		} else if (substr(rest, 1, 2) == "--") {
			break
		} else if (substr(rest, 1, 2) == "/*") {
			die("block comments are not understood")
		} else if (c == " " || c == "\t") {
			blank()
			continue
		} else if (c == ";") {
			if (substr(rest, 2) !~ /^[ \t]*(--.*)?$/)
				die("text after ';'")
			return 1
		}
		text = text c
	}
	if (quote != "")
		text = text "\n"
	else
		blank()
	return 0
}

function literal(s)
{
	gsub(/\\/, "&&", s)
	gsub(/"/, "\\\\&", s)
	gsub(/\n/, "\\n", s)
	gsub(/\t/, "\\t", s)
	return "\"" s "\""
}

function finish(	i)
{
	sub(/ $/, "", text)
	if (text == "")
		die("nothing in " name)
	if (owned && !first)
		die(name " is owned and does not use $1")
	printf("Q(%s, %d, %s,", toupper(name), top, flags)
	for (i = 1; i <= length(text); i += 60)
		printf("\n    %s", literal(substr(text, i, 60)))
	print ")"
	name = ""
}

BEGIN {
	print "/* Made by sql/embed-queries.awk; edit sql/query instead. */"
}

/^-- name:/ && quote == "" {
	begin($0)
	next
}

name == "" {
	if ($0 !~ /^[ \t]*(--.*)?$/)
		die("SQL without a name")
	next
}

{
	if (scan($0))
		finish()
}

END {
	if (!bad && name != "")
		die("no ';' ends " name)
	if (bad)
		exit 1
}
