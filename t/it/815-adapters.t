# 815-adapters.t: the store adapters that the package ships, against bobbin.
. "${SRCDIR:?}/t/it/lib.sh"

it_site='s/rate=50r/rate=5000r/'
it_start
export ADAPTERS="$top/packaging/examples" BASE=$url
TOKEN=$(token_of agent)
export TOKEN

# What both do, in the words of one: a line for each answer.
_want='{"id":"a b/c","created_at":"2026-01-02T03:04:05","title":null,"metadata":{"n":1}}
{"data":[{"id":"i/1","type":"x","created_at":"2026-01-02T03:04:06","none":null}],"has_more":true,"after":"i/1"}
{"data":[{"id":"i2","type":"y","created_at":"2026-01-02T03:04:05","none":null}],"has_more":false,"after":null}
{"id":"i2","type":"y","created_at":"2026-01-02T03:04:05","none":null}
conflict 409 Item i2 already exists
missing Item none not found in thread a b/c
missing Thread a b/c not found
refused 400 created_at: must be a date and time (ISO 8601)
["a b/c"]
missing Thread a b/c not found'

# _same FILE: as wanted, but for the blanks.
_same() {
	diff "$1" - >"$T/diff" <<-X || flunk "$(cat "$T/diff")"
	$_want
	X
}

the_python_one_works_without_the_sdk() {
	python3 -IB - >"$T/python.out" 2>"$T/python.err" <<-'X' ||
	import os, sys
	sys.path.insert(0, os.environ["ADAPTERS"])
	from chatkit_store import (Bobbin, BobbinError, ConflictError,
	    NotFoundError, context_of, new_id)

	b = Bobbin(os.environ["BASE"] + "/", os.environ["TOKEN"])
	run = "0a0b0c0d-1111-4222-8333-000000000001"
	pia = context_of({"x-bobbin-owner": "pia@example.com",
	    "x-bobbin-run": run})
	poe = context_of({"x-bobbin-owner": "poe@example.com"})

	def say(what):
	    print(what.decode() if isinstance(what, bytes) else what)

	def attempt(*args, **kwargs):
	    try:
	        say(b.call(*args, **kwargs))
	    except NotFoundError as e:
	        say(f"missing {e}")
	    except ConflictError as e:
	        say(f"conflict {e.status} {e.detail}")
	    except BobbinError as e:
	        say(f"refused {e.status} {e.detail}")

	t = ["threads", "a b/c"]
	time = '"created_at":"2026-01-02T03:04:05"'
	i1 = '{"id":"i/1","type":"x","created_at":"2026-01-02T03:04:06","none":null}'
	i2 = '{"id":"i2","type":"y",%s,"none":null}' % time
	assert b.call("PUT", t, pia, '{"id":"a b/c",%s,"title":null,"metadata":{"n":1}}' % time) == b""
	say(b.call("GET", t, pia))
	assert b.call("POST", t + ["items"], pia, i1) == b"{}"
	assert b.call("PUT", t + ["items", "i2"], pia, i2) == b""
	page = {"limit": 1, "after": None, "order": "desc"}
	say(b.call("GET", t + ["items"], pia, query=page))
	say(b.call("GET", t + ["items"], pia, query=dict(page, after="i/1")))
	say(b.call("GET", t + ["items", "i2"], pia))
	attempt("POST", t + ["items"], pia, i2.replace('"y"', '"z"'))
	attempt("GET", t + ["items", "none"], pia)
	attempt("GET", t, poe)
	attempt("PUT", t, pia, '{"id":"a b/c","created_at":"now"}')
	import json
	say(json.dumps([d["id"] for d in json.loads(b.call("GET", ["threads"], pia))["data"]]))
	for n in 1, 2:
	    assert b.call("DELETE", t + ["items", "i2"], pia) == b""
	    assert b.call("DELETE", t, pia) == b""
	attempt("GET", t, pia)
	assert new_id("message").startswith("msg_") and len(new_id("task")) == 36
	X
	flunk "$(cat "$T/python.err")"
	_same "$T/python.out"
}

the_javascript_one_works() {
	command -v node >/dev/null || { skip 'no node'; return; }
	cat >"$T/try.mjs" <<-'X'
	const { BobbinStore, NotFoundError, ConflictError, contextOf } =
	    await import(process.env.ADAPTERS + '/chatkit_store.mjs');
	const store = new BobbinStore(process.env.BASE, process.env.TOKEN);
	const pia = contextOf(new Headers({ 'X-Bobbin-Owner': 'jan@example.com',
	    'X-Bobbin-Run': '0a0b0c0d-1111-4222-8333-000000000001' }));
	const poe = contextOf({ 'x-bobbin-owner': 'joe@example.com' });
	const say = v => console.log(typeof v === 'string' ? v :
	    JSON.stringify(v));
	const attempt = async promise => {
		try {
			say(await promise);
		} catch (e) {
			say(e instanceof NotFoundError ? `missing ${e.message}` :
			    e instanceof ConflictError ?
			    `conflict ${e.status} ${e.message}` :
			    `refused ${e.status} ${e.message}`);
		}
	};
	const id = 'a b/c', created_at = '2026-01-02T03:04:05';
	const i1 = { id: 'i/1', type: 'x', created_at: '2026-01-02T03:04:06',
	    none: null };
	const i2 = { id: 'i2', type: 'y', created_at, none: null };
	await store.saveThread({ id, created_at, title: null,
	    metadata: { n: 1 }, items: { data: [] } }, pia);
	say(await store.loadThread(id, pia));
	await store.addThreadItem(id, i1, pia);
	await store.saveItem(id, i2, pia);
	say(await store.loadThreadItems(id, { limit: 1, order: 'desc' }, pia));
	say(await store.loadThreadItems(id, { limit: 1, after: 'i/1' }, pia));
	say(await store.loadItem(id, 'i2', pia));
	await attempt(store.addThreadItem(id, { ...i2, type: 'z' }, pia));
	await attempt(store.loadItem(id, 'none', pia));
	await attempt(store.loadThread(id, poe));
	await attempt(store.saveThread({ id, created_at: 'now' }, pia));
	say((await store.loadThreads({}, pia)).data.map(t => t.id));
	for (const n of [1, 2]) {
		await store.deleteThreadItem(id, 'i2', pia);
		await store.deleteThread(id, pia);
	}
	await attempt(store.loadThread(id, pia));
	if (!/^msg_[0-9a-f]{32}$/.test(store.generateId('message')))
		throw new Error('id');
	X
	node "$T/try.mjs" >"$T/node.out" 2>"$T/node.err" ||
	    flunk "$(cat "$T/node.err")"
	_same "$T/node.out"
}

# A server that dies at the first call of each, and counts them.
what_failed_is_tried_once_more() {
	cat >"$T/flaky.pl" <<-'X'
	use strict; use warnings; use IO::Socket::INET;
	my $s = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 9)
	    or die;
	my ($dir) = @ARGV;
	open(my $p, '>', "$dir/flaky.new"); print $p $s->sockport; close($p);
	rename("$dir/flaky.new", "$dir/flaky.port");
	my $n = 0;
	while (my $c = $s->accept) {
		my $path = '';
		while (<$c>) {
			$path = $1 if /^\w+ (\S+)/;
			last if /^\r?$/;
		}
		$n++;
		open(my $l, '>>', "$dir/flaky.log"); print $l "$path\n"; close($l);
		my $last = $n % 2 == 0 && $path !~ /never/;
		print $c $last ? "HTTP/1.0 200 OK\r\n\r\n{\"id\":\"x\"}" :
		    $path =~ /cut/ ? '' :
		    "HTTP/1.0 503 Down\r\n\r\n{\"detail\":\"down\"}";
		close($c);
	}
	X
	perl "$T/flaky.pl" "$T" &
	flaky=$!
	_wait_for test -s "$T/flaky.port"
	BASE=http://127.0.0.1:$(cat "$T/flaky.port")
	python3 -IB - >"$T/flaky.out" 2>&1 <<-'X'
	import os, sys
	sys.path.insert(0, os.environ["ADAPTERS"])
	from chatkit_store import Bobbin, BobbinError
	b = Bobbin(os.environ["BASE"], "x")
	for name in "down", "cut", "never":
	    try:
	        print(b.call("GET", ["threads", name], {"owner": "x"}).decode())
	    except BobbinError as e:
	        print(e.status, e.detail)
	X
	is "$(xargs <"$T/flaky.out")" '{id:x} {id:x} 503 down'
	is "$(sed 's,.*/,,' "$T/flaky.log" | xargs)" \
	    'down down cut cut never never'
	if command -v node >/dev/null; then
		rm "$T/flaky.log"
		cat >"$T/flaky.mjs" <<-'X'
		const { BobbinStore } =
		    await import(process.env.ADAPTERS + '/chatkit_store.mjs');
		const store = new BobbinStore(process.env.BASE, 'x');
		for (const name of ['down', 'cut', 'never'])
			await store.loadThread(name, { owner: 'x' }).then(
			    t => console.log(t.id),
			    e => console.log(e.status, e.message));
		X
		node "$T/flaky.mjs" >"$T/flaky.out" 2>&1
		is "$(xargs <"$T/flaky.out")" 'x x 503 down'
		is "$(sed 's,.*/,,' "$T/flaky.log" | xargs)" \
		    'down down cut cut never never'
	fi
	BASE=$url
	kill $flaky
}

the_run_is_passed_on() {
	is "$(sql "SELECT count(*) FROM messages")" 0 messages
	python3 -IB - <<-'X'
	import os, sys
	sys.path.insert(0, os.environ["ADAPTERS"])
	from chatkit_store import Bobbin, context_of
	b = Bobbin(os.environ["BASE"], os.environ["TOKEN"])
	c = context_of({"x-bobbin-owner": "pia@example.com",
	    "x-bobbin-run": "0a0b0c0d-1111-4222-8333-000000000001"})
	b.call("PUT", ["threads", "t"], c, '{"id":"t","created_at":"2026-01-02T03:04:05"}')
	b.call("POST", ["threads", "t", "items"], c, '{"id":"i","type":"x","created_at":"2026-01-02T03:04:05"}')
	X
	is "$(sql "SELECT email, run_id FROM messages")" \
	    'pia@example.com|0a0b0c0d-1111-4222-8333-000000000001'
}

it_run
