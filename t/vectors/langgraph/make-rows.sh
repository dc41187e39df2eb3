#!/bin/sh
# make-rows.sh: what the reading statements return for each sample thread.
#
#	make-rows.sh py|js messages.sql tasks.sql > py_rows.json
#
# Needs psql's environment (PGHOST, PGDATABASE, ...) and the matching
# *_checkpoints.sql loaded.  The statements' parameters become literals.
set -eu

lang=$1 messages=$2 tasks=$3

# statement thread $3 $4: one JSON array of its rows
rows() {
	sql=$(sed -e '/^--/d' -e "s/\\\$1/'$2'/g" -e "s/\\\$2/''/g" \
	    -e "s/\\\$3/$3/g" -e "s/\\\$4/$4/g" "$1")
	if [ "$lang" = js ]; then
		sql=$(printf '%s\n' "$sql" | sed -E \
		    -e "s/SELECT cw\\.task_path,/SELECT ''::text AS task_path,/" \
		    -e "s/'w', w\\.channel, w\\.task_path/'w', w.channel, ''::text/")
	fi
	printf 'SELECT json_agg(q) FROM (%s) q' "$sql" | psql -qAtX
}

values() {
	psql -qAtX -v id="$1" <<'SQL'
SELECT coalesce(json_agg(q), '[]') FROM (
  SELECT w.channel, coalesce((h.checkpoint->'channel_values') ? w.channel,
           false) AS has_inline,
         h.checkpoint->'channel_values'->w.channel AS inline_val,
         b.type, b.blob
    FROM (SELECT checkpoint FROM checkpoints
           WHERE thread_id = :'id' AND checkpoint_ns = ''
           ORDER BY checkpoint_id DESC LIMIT 1) h
   CROSS JOIN LATERAL jsonb_object_keys(h.checkpoint->'channel_versions')
         AS w(channel)
    LEFT JOIN checkpoint_blobs b ON b.thread_id = :'id'
     AND b.checkpoint_ns = '' AND b.channel = w.channel
     AND b.version = h.checkpoint->'channel_versions'->>w.channel
     AND b.type <> 'empty'
   ORDER BY w.channel) q
SQL
}

sep='{'
psql -qAtX -c 'SELECT DISTINCT thread_id FROM checkpoints ORDER BY 1' |
while read -r id; do
	printf '%s\n"%s": {\n"messages": ' "$sep" "$id"
	rows "$messages" "$id" "'messages'::text" 67108864
	printf ', "tasks": '
	rows "$tasks" "$id" NULL::text 1
	printf ', "values": '
	values "$id"
	printf '}'
	sep=','
done
echo '}'
