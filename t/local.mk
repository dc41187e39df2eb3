TEST_EXTENSIONS = .t .sh
T_LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) \
	$(top_srcdir)/build-aux/tap-driver.sh
T_LOG_COMPILER = $(SHELL)
SH_LOG_COMPILER = $(SHELL)
AM_TESTS_ENVIRONMENT = BOBBIN='$(abs_builddir)/bobbin'; export BOBBIN; \
	SRCDIR='$(abs_srcdir)'; export SRCDIR; \
	BUILDDIR='$(abs_builddir)'; export BUILDDIR;

GUARDS = t/check-layers.sh t/check-style.sh t/check-queries.sh \
	t/check-options.sh t/check-routes.sh t/check-dist.sh \
	t/check-configure.sh
TESTS += $(GUARDS)
EXTRA_DIST += $(GUARDS) t/run

include t/unit/local.mk
include t/fcgi/local.mk
include t/fuzz/local.mk
include t/it/local.mk
include t/page/local.mk
include t/bench/local.mk
