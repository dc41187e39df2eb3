/* verdicts.c: what good tokens said, for a minute, in shared memory. */
#include "config.h"

#include "auth/verdicts.h"

#include <sys/mman.h>
#include <openssl/crypto.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

#define PLACES		4096		/* owners that are at work at once */
#define WAYS		8		/* places that one of them may take */
#define WORDS		31
#define TEXT_MAX	176		/* of its strings */

/* A token that was good, for from <= now < until. */
struct verdict {
	unsigned char	 hash[32];
	uint64_t	 generation;
	int64_t		 from, until, exp;
	uint8_t		 agent, admin, email_len, text_len;
	uint32_t	 unused;
	char		 text[TEXT_MAX];	/* email, NUL, sub, NUL */
};
#define HEAD		offsetof(struct verdict, text)
_Static_assert(sizeof(struct verdict) <= WORDS * sizeof(uint64_t) &&
    HEAD % sizeof(uint64_t) == 0, "words of a place");

/* A verdict by words: whole if turn is even, and the same before and after. */
struct place {
	_Alignas(64) _Atomic uint64_t turn;	/* 0: nothing was here yet */
	_Atomic uint64_t word[WORDS];
};
_Static_assert(sizeof(struct place) == 256, "four lines");

/* Where some tokens' verdicts stand; the marks of their hashes on one line. */
struct verdicts {
	struct {
		_Alignas(64) _Atomic uint32_t mark[WAYS];
	} set[PLACES / WAYS];
	struct place	 place[PLACES / WAYS][WAYS];
};

struct verdicts *
verdicts_new(void)
{
	void	*p;

	p = mmap(NULL, sizeof(struct verdicts), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	return p == MAP_FAILED ? NULL : p;
}

void
verdicts_free(struct verdicts *all)
{
	if (all != NULL)
		munmap(all, sizeof(*all));
}

static size_t
set_of(const unsigned char hash[32])
{
	return (size_t)(hash[0] | hash[1] << 8) % (PLACES / WAYS);
}

/* Never 0: that is a place without a verdict. */
static uint32_t
mark_of(const unsigned char hash[32])
{
	uint32_t	mark;

	memcpy(&mark, hash + 2, sizeof(mark));
	return mark | 1;
}

static uint64_t
get(const _Atomic uint64_t *word)
{
	return atomic_load_explicit(word, memory_order_relaxed);
}

/* Bytes from..to of a verdict, at multiples of a word. */
static void
copy_out(const struct place *p, struct verdict *v, size_t from, size_t to)
{
	uint64_t	word;
	size_t		i;

	for (i = from / sizeof(word); i * sizeof(word) < to; i++) {
		word = get(&p->word[i]);
		memcpy((char *)v + i * sizeof(word), &word, sizeof(word));
	}
}

static void
copy_in(struct place *p, const struct verdict *v, size_t to)
{
	uint64_t	word;
	size_t		i;

	for (i = 0; i * sizeof(word) < to; i++) {
		memcpy(&word, (const char *)v + i * sizeof(word),
		    sizeof(word));
		atomic_store_explicit(&p->word[i], word,
		    memory_order_relaxed);
	}
}

/* False: it is another token's, or is being written. */
static bool
read_place(const struct place *p, const unsigned char hash[32],
    struct verdict *v)
{
	uint64_t	turn;

	turn = atomic_load_explicit(&p->turn, memory_order_acquire);
	if (turn == 0 || turn % 2 != 0)
		return false;
	copy_out(p, v, 0, HEAD);
	if (CRYPTO_memcmp(v->hash, hash, sizeof(v->hash)) != 0 ||
	    v->text_len > TEXT_MAX)
		return false;
	copy_out(p, v, HEAD, HEAD + v->text_len);
	atomic_thread_fence(memory_order_acquire);
	return get(&p->turn) == turn;
}

bool
verdicts_recall(const struct verdicts *all, const unsigned char hash[32],
    uint64_t generation, int64_t now, struct arena *a, struct identity *id)
{
	const size_t	set = set_of(hash);
	const uint32_t	mark = mark_of(hash);
	struct verdict	v;
	size_t		i;

	for (i = 0; i < WAYS; i++)
		if (atomic_load_explicit(&all->set[set].mark[i],
		    memory_order_relaxed) == mark &&
		    read_place(&all->place[set][i], hash, &v))
			break;
	if (i == WAYS || v.generation != generation || now < v.from ||
	    now >= v.until)
		return false;
	id->email = arena_memdup(a, v.text, v.email_len);
	id->sub = arena_memdup(a, v.text + v.email_len + 1,
	    (size_t)v.text_len - v.email_len - 2);
	id->agent = v.agent;
	id->admin = v.admin;
	id->exp = v.exp;
	return true;
}

/*
 * Where a token's verdict stands, or may: with a single place each, half as
 * many owners as there are places would push one another out for ever.  WAYS:
 * nowhere.  What is being written stays out: its writer may be dead.
 */
static size_t
choose(const struct verdicts *all, size_t set, uint32_t mark)
{
	const size_t		 until = offsetof(struct verdict, until) /
				    sizeof(uint64_t);
	const struct place	*p = all->place[set];
	uint32_t		 is;
	size_t			 i, old = WAYS;

	for (i = 0; i < WAYS; i++) {
		if (get(&p[i].turn) % 2 != 0)
			continue;
		is = atomic_load_explicit(&all->set[set].mark[i],
		    memory_order_relaxed);
		if (is == mark || is == 0)
			return i;
		if (old == WAYS || (int64_t)get(&p[i].word[until]) <
		    (int64_t)get(&p[old].word[until]))
			old = i;
	}
	return old;
}

void
verdicts_remember(struct verdicts *all, const unsigned char hash[32],
    uint64_t generation, int64_t now, int64_t until, const struct identity *id)
{
	const size_t	 email = strlen(id->email), sub = strlen(id->sub);
	struct verdict	 v = { .generation = generation, .from = now,
			    .until = until, .exp = id->exp,
			    .agent = id->agent, .admin = id->admin };
	struct place	*p;
	uint64_t	 turn;
	size_t		 set = set_of(hash), i;

	if (email + sub + 2 > TEXT_MAX)
		return;
	memcpy(v.hash, hash, sizeof(v.hash));
	if (v.until > now + VERDICT_SECONDS)
		v.until = now + VERDICT_SECONDS;
	v.email_len = (uint8_t)email;
	v.text_len = (uint8_t)(email + sub + 2);
	memcpy(v.text, id->email, email + 1);
	memcpy(v.text + email + 1, id->sub, sub + 1);
	if ((i = choose(all, set, mark_of(hash))) == WAYS)
		return;
	p = &all->place[set][i];
	turn = atomic_load_explicit(&p->turn, memory_order_relaxed);
	if (turn % 2 != 0 || !atomic_compare_exchange_strong_explicit(&p->turn,
	    &turn, turn + 1, memory_order_acquire, memory_order_relaxed))
		return;		/* somebody else is at it */
	atomic_thread_fence(memory_order_release);
	atomic_store_explicit(&all->set[set].mark[i], mark_of(hash),
	    memory_order_relaxed);
	copy_in(p, &v, HEAD + v.text_len);
	atomic_store_explicit(&p->turn, turn + 2, memory_order_release);
}
