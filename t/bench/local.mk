# Built by check, too, so that they keep step.
BENCH = t/bench/classic t/bench/kept t/bench/tokens
check_PROGRAMS += $(BENCH)
t_bench_classic_SOURCES = t/bench/classic.c t/bench/answer.h
t_bench_classic_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/t
t_bench_kept_SOURCES = t/bench/kept.c t/bench/answer.h
t_bench_kept_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/t
t_bench_tokens_SOURCES = t/bench/tokens.c
EXTRA_DIST += t/bench/run t/bench/measure.pl t/bench/load.sql \
	t/bench/items.sql t/bench/threads.sql t/bench/studio.sql \
	t/bench/client.lua t/bench/thread.mjs

# Not part of check: it wants a quiet machine and a few minutes.
bench: all $(BENCH)
	BOBBIN='$(abs_builddir)/bobbin' SRCDIR='$(abs_srcdir)' \
	    BUILDDIR='$(abs_builddir)' $(SHELL) $(srcdir)/t/bench/run
.PHONY: bench

clean-local: clean-bench
clean-bench:
	rm -rf t/bench/data
