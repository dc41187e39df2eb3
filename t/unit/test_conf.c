/* test_conf.c: where options come from, what they refuse, what is shown. */
#include "config.h"

#include "base/conf.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "unit/unit.h"

#define SECRET	"hunter2-hunter2-hunter2-hunter2-hunter2"
#define X50	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X200	X50 X50 X50 X50

static char	path[] = "/tmp/bobbin-conf-XXXXXX";
static char	err[256];

/* Nothing from outside, and the file with this text. */
static void
begin(const char *text)
{
	static const char *const aliases[] = { "CORS_ORIGINS",
	    "LANGCHAIN_API_KEY", "LANGCHAIN_ENDPOINT", "LANGCHAIN_PROJECT" };
	size_t			 i, len = strlen(text);
	int			 fd;

	for (i = 0; i < nconf_options; i++)
		unsetenv(conf_options[i].name);
	for (i = 0; i < nitems(aliases); i++)
		unsetenv(aliases[i]);
	memcpy(path + sizeof(path) - 7, "XXXXXX", 6);
	if ((fd = mkstemp(path)) == -1 ||
	    write(fd, text, len) != (ssize_t)len || close(fd) != 0)
		abort();
}

static struct conf *
load(const char *text)
{
	struct conf	*c;

	begin(text);
	c = conf_load(path, err);
	unlink(path);
	return c;
}

static enum opt_from
from(const struct conf *c, const char *name)
{
	size_t	i;

	for (i = 0; i < nconf_options; i++)
		if (strcmp(conf_options[i].name, name) == 0)
			return c->from[i];
	return FROM__MAX;
}

static void
has_defaults(void)
{
	struct conf	*c;

	begin("");
	unlink(path);
	c = conf_load(NULL, err);
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	check_str("no error", "", err);
	check_str("text", "/run/bobbin/bobbin.sock", c->sock);
	check_str("text not set", NULL, c->database_url);
	check("number", 8000, c->db_timeout);
	check("switch", true, c->db_prepare);
	check("list", 2, c->peers.n);
	check_str("its second", "www-data", c->peers.v[1]);
	check("list not set", 0, c->cors.n);
	check("prompts", 3, c->prompts.n);
	check_str("first prompt", "What can you help me with?",
	    c->prompts.v[0]);
	check_str("no file", NULL, c->path);
	check("origin", FROM_DEFAULT, from(c, "LOG_LEVEL"));
	conf_free(c);
	conf_free(NULL);
}

static void
the_table_is_sound(void)
{
	const struct conf_option	*o;
	size_t				 i, j;

	for (i = 0; i < nconf_options; i++) {
		o = &conf_options[i];
		for (j = 0; j < i; j++)
			check("unlike", 1,
			    strcmp(o->name, conf_options[j].name) != 0);
		/* inih cuts names at 50 bytes. */
		check(o->name, 1, o->help[0] != '\0' && strlen(o->name) < 50);
		if (o->type == OPT_INT)
			check(o->name, 1, o->min < o->max);
		/* conf_keep() carries no lists over. */
		if (o->type == OPT_LIST || o->type == OPT_SECRETS ||
		    o->type == OPT_JSON)
			check(o->name, true, o->reload);
	}
}

static void
the_environment_wins(void)
{
	struct conf	*c;

	begin("# a comment\n"
	    "BOBBIN_WORKERS = 7\n"
	    "\n"
	    "LOG_LEVEL=debug\n"
	    "DATABASE_URL = postgresql:///a?host=/run\n"
	    "LANGSMITH_PROJECT = mine\n"
	    "BOBBIN_PEERS = root\n");
	setenv("BOBBIN_WORKERS", "9", 1);
	setenv("LANGSMITH_PROJECT", "", 1);
	setenv("BOBBIN_PEERS", "", 1);
	c = conf_load(path, err);
	unlink(path);
	check_str("loads", "", err);
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	check("environment", 9, c->workers);
	check("told", FROM_ENV, from(c, "BOBBIN_WORKERS"));
	check_str("file", "debug", c->log_level);
	check("told", FROM_FILE, from(c, "LOG_LEVEL"));
	check_str("a value with = in it", "postgresql:///a?host=/run",
	    c->database_url);
	check_str("set to nothing", NULL, c->ls_project);
	check("told", FROM_ENV, from(c, "LANGSMITH_PROJECT"));
	check("a list set to nothing", 0, c->peers.n);
	check_str("path", path, c->path);
	conf_free(c);
}

static void
aliases_yield(void)
{
	struct conf	*c;

	c = load("CORS_ORIGINS = https://a.example\n"
	    "LANGCHAIN_PROJECT = alias\nLANGSMITH_PROJECT = main\n"
	    "LANGSMITH_ENDPOINT = main\nLANGCHAIN_ENDPOINT = alias\n");
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	check("alias in the file", 1, c->cors.n);
	check_str("main name after it", "main", c->ls_project);
	check_str("main name before it", "main", c->ls_endpoint);
	conf_free(c);

	begin("LANGSMITH_PROJECT = file\nLANGSMITH_API_KEY = file\n");
	setenv("LANGCHAIN_PROJECT", "alias", 1);
	setenv("LANGCHAIN_API_KEY", "alias", 1);
	setenv("LANGSMITH_API_KEY", "main", 1);
	c = conf_load(path, err);
	unlink(path);
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	check_str("alias in the environment", "alias", c->ls_project);
	check_str("main name there", "main", c->ls_key);
	conf_free(c);
	begin("");
	unlink(path);
}

static void
long_values_go_on(void)
{
	struct conf	*c;

	c = load("INITIAL_FOLLOWUP_PROMPTS = [\"" X50 X50 "\",\n"
	    "   \"" X50 X50 "\",\n"
	    "\t\"b\"]\n"
	    "DATABASE_URL = postgresql://\n"
	    "    host/db\n"
	    "LOG_LEVEL = warn\n");
	check_str("loads", "", err);
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	check("three prompts", 3, c->prompts.n);
	check_str("joined as it is", "postgresql://host/db", c->database_url);
	check_str("then the next", "warn", c->log_level);
	conf_free(c);
}

static void
values_are_checked(void)
{
	static const struct {
		const char	*text, *want;	/* NULL: accepted */
	} cases[] = {
		{ "BOBBIN_WORKERS = 1", NULL },
		{ "BOBBIN_WORKERS = 256", NULL },
		{ "BOBBIN_WORKERS = 0", "from 1 to 256" },
		{ "BOBBIN_WORKERS = 257", "from 1 to 256" },
		{ "BOBBIN_WORKERS = four", "whole number" },
		{ "BOBBIN_WORKERS =", "whole number" },
		{ "DEBUG_ROUTES = Yes", NULL },
		{ "DEBUG_ROUTES = oN", NULL },
		{ "DEBUG_ROUTES = 2", "on or off" },
		{ "DEBUG_ROUTES =", "on or off" },
		{ "LOG_LEVEL = warn", NULL },
		{ "LOG_LEVEL = warning", "error, warn, info or debug" },
		{ "LOG_LEVEL =", "must not be empty" },
		{ "LOG_FILE =", NULL },
		{ "LOG_FILE = a\x01" "b", "control" },
		{ "JWT_HEADER = Cf-Access-Jwt-Assertion", NULL },
		{ "JWT_HEADER = My Header", "name of a header" },
		{ "JWT_HEADER = X:Y", "name of a header" },
		{ "JWT_HS256_SECRET = 0123456789abcdef0123456789abcdef",
		  NULL },
		{ "JWT_HS256_SECRET = 0123456789abcdef0123456789abcde",
		  "32 bytes" },
		{ "CORS_ALLOWED_ORIGINS = https://a.example, "
		  "http://localhost:3000,http://[::1]:80,", NULL },
		{ "CORS_ALLOWED_ORIGINS = *", "exact origin" },
		{ "CORS_ALLOWED_ORIGINS = https://*.example", "exact origin" },
		{ "CORS_ALLOWED_ORIGINS = https://a.example/", "exact origin" },
		{ "CORS_ALLOWED_ORIGINS = https://a.example,b", "exact" },
		{ "CORS_ALLOWED_ORIGINS = https://A.example", "lower case" },
		{ "CORS_ALLOWED_ORIGINS = https://a:0", "exact origin" },
		{ "CORS_ALLOWED_ORIGINS = https://a:", "exact origin" },
		{ "CORS_ALLOWED_ORIGINS = https://a:65536", "exact origin" },
		{ "CORS_ALLOWED_ORIGINS = https://u@a", "exact origin" },
		{ "CORS_ALLOWED_ORIGINS = https://", "exact origin" },
		{ "CORS_ALLOWED_ORIGINS = //a", "exact origin" },
		{ "CORS_ALLOWED_ORIGINS = null", "exact origin" },
		{ "CORS_ALLOWED_ORIGINS = http://[::1", "exact origin" },
		{ "AGENT_LOCATION = @agent", NULL },
		{ "AGENT_LOCATION = /internal/agent", NULL },
		{ "AGENT_LOCATION =", NULL },
		{ "AGENT_LOCATION = agent", "@name or a path" },
		{ "AGENT_LOCATION = @", "@name or a path" },
		{ "AGENT_LOCATION = @a b", "@name or a path" },
		{ "AGENT_LOCATION = @a/b", "@name or a path" },
		{ "AGENT_LOCATION = /a?b", "@name or a path" },
		{ "CHECKPOINT_SCHEMA = " X50 "xxxxxxxxxxxxx", NULL },
		{ "LANGGRAPH_AES_KEY = 0123456789abcdef", NULL },
		{ "LANGGRAPH_AES_KEY = 0123456789abcdef01234567", NULL },
		{ "LANGGRAPH_AES_KEY = 0123456789abcdef0123456789abcdef",
		  NULL },
		{ "LANGGRAPH_AES_KEY = 0123456789abcde", "24 or 32 bytes" },
		{ "LANGGRAPH_AES_KEY = 0123456789abcdef0", "24 or 32 bytes" },
		{ "CHECKPOINT_MAX_BYTES = 1023", "1024" },
		{ "CHECKPOINT_SCHEMA = " X50 "xxxxxxxxxxxxxx", "63 bytes" },
		{ "DEFAULT_TEMPERATURE = 0", NULL },
		{ "DEFAULT_TEMPERATURE = 2.0", NULL },
		{ "DEFAULT_TEMPERATURE = 1e-1", NULL },
		{ "DEFAULT_TEMPERATURE = 2.001", "a number from 0 to 2" },
		{ "DEFAULT_TEMPERATURE = -0.1", "a number from 0 to 2" },
		{ "DEFAULT_TEMPERATURE = nan", "a number from 0 to 2" },
		{ "DEFAULT_TEMPERATURE = 0x1", "a number from 0 to 2" },
		{ "DEFAULT_TEMPERATURE = 1 1", "a number from 0 to 2" },
		{ "DEFAULT_TEMPERATURE = e", "a number from 0 to 2" },
		{ "DEFAULT_TEMPERATURE =", "a number from 0 to 2" },
		{ "DEFAULT_MODEL = " X50 X50 "0123456789012345678901234567",
		  NULL },
		{ "DEFAULT_MODEL = " X50 X50 "01234567890123456789012345678",
		  "128 characters" },
		{ "AUTO_TITLE = off", NULL },
		{ "AUTO_TITLE = on", "first_message or off" },
		{ "AGENT_MISSING = stream", NULL },
		{ "AGENT_MISSING = 503", "store or stream" },
		{ "ARTIFACTS_SECRET = " SECRET ", " SECRET, NULL },
		{ "ARTIFACTS_SECRET = " SECRET ", short", "32 bytes" },
		{ "ARTIFACTS_SECRET = default-secret-change-in-production",
		  "published default" },
		{ "ARTIFACTS_SECRET = " SECRET ","
		  "fixed-secret-key-for-development", "published default" },
		{ "ARTIFACTS_TOKEN_TTL_SECONDS = 59", "from 60 to 604800" },
		{ "ARTIFACTS_PUBLIC_BASE_URL = https://a.example:8443/b",
		  NULL },
		{ "ARTIFACTS_PUBLIC_BASE_URL = https://a.example/", "slash" },
		{ "ARTIFACTS_PUBLIC_BASE_URL = https://u@a.example", "host" },
		{ "ARTIFACTS_PUBLIC_BASE_URL = https://a.example?b", "host" },
		{ "ARTIFACTS_PUBLIC_BASE_URL = ftp://a.example", "http://" },
		{ "ARTIFACTS_PUBLIC_BASE_URL = a.example", "http://" },
		{ "ARTIFACTS_INLINE_TYPES = application/pdf, video/mp4",
		  NULL },
		{ "ARTIFACTS_INLINE_TYPES = application/*", "type/subtype" },
		{ "ARTIFACTS_INLINE_TYPES = Text/plain", "lower case" },
		{ "ARTIFACTS_INLINE_TYPES = text/a; b=c", "type/subtype" },
		{ "ARTIFACTS_INLINE_TYPES = text", "type/subtype" },
		{ "BLOBSTORE_DIR = blobs", "begin with a slash" },
		{ "BLOBSTORE_DIR =", "must not be empty" },
		{ "S3_BUCKET = my-bucket\nAWS_ACCESS_KEY_ID = a\n"
		  "AWS_SECRET_ACCESS_KEY = b/+=\n", NULL },
		{ "S3_BUCKET = my-bucket\nAWS_ACCESS_KEY_ID = a\n",
		  "needs AWS" },
		{ "S3_BUCKET = my-bucket\nAWS_SECRET_ACCESS_KEY = a\n",
		  "needs AWS" },
		{ "S3_BUCKET = a/b", "name of a bucket" },
		{ "S3_BUCKET = ..", "name of a bucket" },
		{ "AWS_ACCESS_KEY_ID = a/b", "id of a key" },
		{ "AWS_SECRET_ACCESS_KEY = a b", "printable" },
		{ "AWS_SESSION_TOKEN = a\xc3\xa9", "printable" },
		{ "AWS_REGION = eu-central-1/s3", "name of a region" },
		{ "S3_ENDPOINT = http://[::1]:9000/path", NULL },
		{ "S3_ENDPOINT = http://h:9000/a/../", "slash" },
		{ "S3_PRESIGN_SECONDS = 86401", "from 1 to 86400" },
		{ "ENCRYPTION_KEY = AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd"
		  "Hh8=,__79_Pv6-fj39vX08_Lx8O_u7ezr6uno5-bl5OPi4eA=", NULL },
		{ "ENCRYPTION_KEY = AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd"
		  "Hh8", "urlsafe" },
		{ "ENCRYPTION_KEY = AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd"
		  "Hh9=", "urlsafe" },
		{ "ENCRYPTION_KEY = //79/Pv6+fj39vX08/Lx8O/u7ezr6uno5+bl5OPi"
		  "4eA=", "urlsafe" },
		{ "ENCRYPTION_KEY = AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxw=",
		  "32 bytes" },
		{ "ENCRYPTION_KEY = AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd"
		  "Hh8=\nENCRYPTION_KEY_FILE = /k\n", "both set" },
		{ "CHATKIT_STORE_ACCESS = user", NULL },
		{ "CHATKIT_STORE_ACCESS = all", "agent or user" },
		{ "CHATKIT_RETENTION_DAYS = 0", NULL },
		{ "CHATKIT_RETENTION_DAYS = -1", "from 0" },
		{ "INITIAL_FOLLOWUP_PROMPTS = [\"a\"]", NULL },
		{ "INITIAL_FOLLOWUP_PROMPTS =", "JSON array" },
		{ "INITIAL_FOLLOWUP_PROMPTS = []", "1 to 20" },
		{ "INITIAL_FOLLOWUP_PROMPTS = [1]", "strings only" },
		{ "INITIAL_FOLLOWUP_PROMPTS = [\"\"]", "1 to 500" },
		{ "INITIAL_FOLLOWUP_PROMPTS = [\"a\\u0000b\"]", "1 to 500" },
		{ "INITIAL_FOLLOWUP_PROMPTS = {\"a\":1}", "JSON array" },
		{ "INITIAL_FOLLOWUP_PROMPTS = [\"a\"", "JSON array" },
		{ "INITIAL_FOLLOWUP_PROMPTS = [\"a\"] b", "JSON array" },
		{ "INITIAL_FOLLOWUP_PROMPTS = [\"\xff\"]", "JSON array" },
		{ "INITIAL_FOLLOWUP_PROMPTS = [1,2,3,4,5,6,7,8,9,10,11,12,13,"
		  "14,15,16,17,18,19,20,21]", "1 to 20" },
	};
	struct conf	*c;
	char		 text[512];
	size_t		 i;

	for (i = 0; i < nitems(cases); i++) {
		snprintf(text, sizeof(text), "%s\n", cases[i].text);
		c = load(text);
		check(cases[i].text, cases[i].want == NULL, c != NULL);
		if (cases[i].want == NULL)
			check_str(cases[i].text, "", err);
		else if (strstr(err, cases[i].want) == NULL)
			check_str(cases[i].text, cases[i].want, err);
		conf_free(c);
	}
}

static void
prompts_are_counted_in_code_points(void)
{
	static char	 text[4096];
	struct conf	*c;
	int		 i, n;

	for (n = 500; n <= 501; n++) {
		strcpy(text, "INITIAL_FOLLOWUP_PROMPTS = [\"");
		for (i = 0; i < n; i++)
			strcat(text, "\xc3\xa9");
		strcat(text, "\"]");
		begin("");
		unlink(path);
		setenv("INITIAL_FOLLOWUP_PROMPTS", strchr(text, '['), 1);
		c = conf_load(NULL, err);
		check("500 and no more", n == 500, c != NULL);
		conf_free(c);
	}
	unsetenv("INITIAL_FOLLOWUP_PROMPTS");
}

static void
lines_are_checked(void)
{
	static const struct {
		const char	*why, *text, *want;
	} cases[] = {
		{ "an unknown name", "LOG_LEVEL = info\nNO_SUCH = 1\n",
		  ":2: no option has the name NO_SUCH" },
		{ "a value that lost its name", SECRET " = 1\n",
		  ":1: no option has the name that" },
		{ "a section", "\n[database]\nLOG_LEVEL = info\n",
		  ":2: there are no [sections]" },
		{ "twice", "LOG_LEVEL = info\nLOG_LEVEL = warn\n",
		  ":2: LOG_LEVEL is set twice" },
		{ "an alias twice", "CORS_ORIGINS = http://a\n"
		  "CORS_ORIGINS = http://b\n",
		  ":2: CORS_ORIGINS is set twice" },
		{ "no equals sign", "LOG_LEVEL = info\nLOG_FILE\n",
		  ":2: not of the form" },
		{ "an indented option", "LOG_FILE = a\n  LOG_LEVEL = info\n",
		  ":2: an option must not be indented" },
		{ "a comment behind", "JWT_HS256_SECRET = " SECRET " ; x\n",
		  ":1: a comment needs a line of its own" },
		{ "a comment behind a tab", "LOG_FILE = a\t;b\n",
		  ":1: a comment needs a line of its own" },
		{ "a long line", "\nDATABASE_URL = " X200 "\n",
		  ":2: longer than" },
		{ "a long line without end", "DATABASE_URL = " X200,
		  ":1: longer than" },
	};
	struct conf	*c;
	size_t		 i;

	for (i = 0; i < nitems(cases); i++) {
		c = load(cases[i].text);
		check(cases[i].why, 1, c == NULL);
		if (strstr(err, cases[i].want) == NULL)
			check_str(cases[i].why, cases[i].want, err);
		else
			check(cases[i].why, 0, strncmp(err, path,
			    strlen(path)));
		conf_free(c);
	}
	/* A semicolon within a word is the value's own. */
	c = load("LOG_FILE = a;b\n; c ; d\n  # e ; f");
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	check_str("semicolon", "a;b", c->log_file);
	conf_free(c);
	check("no such file", 1, conf_load("/nonexistent", err) == NULL);
	check_str("told", "/nonexistent: No such file or directory", err);
	check("a directory", 1, conf_load("/", err) == NULL);
}

static void
errors_hold_no_secret(void)
{
	static const char *const texts[] = {
		"JWT_HS256_SECRET = hunter2\n",
		"ARTIFACTS_SECRET = hunter2\n",
		"ENCRYPTION_KEY = hunter2\n",
		"DATABASE_URL = hunter2 ; x\n",
		"DATABASE_URL = hunter2" X200 "\n",
		"hunter2\n",
		"hunter2 = hunter2\n",
		"DATABASE_URL\n hunter2\n",
		"[hunter2]\nA = hunter2\n",
		"DATABASE_URL = a\n hunter2\nDATABASE_URL = hunter2\n",
	};
	struct conf	*c;
	size_t		 i;

	for (i = 0; i < nitems(texts); i++) {
		c = load(texts[i]);
		check(texts[i], 1, c == NULL);
		check("an error", 1, err[0] != '\0');
		check(err, 1, strstr(err, "hunter2") == NULL);
		conf_free(c);
	}
}

static void
printing_masks_secrets(void)
{
	static const char *const want[] = {
		"DATABASE_URL = ********  # file\n",
		"JWT_HS256_SECRET = ********  # file\n",
		"# LANGSMITH_API_KEY (not set)  # default\n",
		"ARTIFACTS_SECRET = ********  # file\n",
		"DEFAULT_TEMPERATURE = 0.7  # default\n",
		"LOG_LEVEL = warn  # file\n",
		"BOBBIN_WORKERS = 4  # default\n",
		"DEBUG_ROUTES = off  # file\n",
		"BOBBIN_PEERS = a,b c,d  # file\n",
		"INITIAL_FOLLOWUP_PROMPTS = [\"a/\\\"b\\\"\"]  # file\n",
	};
	struct conf	*c;
	char		*text = NULL, *p;
	size_t		 len, i, n = 0;
	FILE		*f;

	c = load("DATABASE_URL = " SECRET "\nJWT_HS256_SECRET = " SECRET "\n"
	    "ARTIFACTS_SECRET = " SECRET "," SECRET "\n"
	    "LOG_LEVEL = warn\nDEBUG_ROUTES = off\n"
	    "BOBBIN_PEERS = , a ,b c,, d ,\n"
	    "INITIAL_FOLLOWUP_PROMPTS = [\"a/\\\"b\\\"\"]\n");
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	if ((f = open_memstream(&text, &len)) == NULL)
		abort();
	conf_print(c, f);
	fclose(f);
	for (i = 0; i < nitems(want); i++)
		check(want[i], 1, strstr(text, want[i]) != NULL);
	check("no secret", 1, strstr(text, "hunter2") == NULL);
	for (p = text; (p = strchr(p, '\n')) != NULL; p++)
		n++;
	check("a line an option", nconf_options, n);
	free(text);
	conf_free(c);
}

static void
keeps_what_needs_a_restart(void)
{
	struct conf	*old, *new;
	char		 log[] = "/tmp/bobbin-conf-log-XXXXXX", text[4096];
	FILE		*f;
	size_t		 n;
	int		 fd;

	if ((fd = mkstemp(log)) == -1)
		abort();
	close(fd);
	old = load("BOBBIN_SOCKET = /a\nBOBBIN_MEMORY_MB = 100\n"
	    "BOBBIN_USER = u\nLOG_LEVEL = warn\n");
	new = load("BOBBIN_SOCKET = /b\nBOBBIN_GROUP = g\nLOG_LEVEL = error\n"
	    "BOBBIN_SLOW_SOCKET = /run/bobbin/slow.sock\n");
	CU_ASSERT_PTR_NOT_NULL_FATAL(old);
	CU_ASSERT_PTR_NOT_NULL_FATAL(new);
	log_open(log, LOG_L_INFO, "test");
	conf_keep(new, old);
	log_open(NULL, LOG_L_INFO, "test");
	check_str("text", "/a", new->sock);
	check("number", 100, new->memory);
	check_str("set before", "u", new->user);
	check_str("not set before", NULL, new->group);
	check_str("what HUP may change", "error", new->log_level);
	check("where from", FROM_FILE, from(new, "BOBBIN_USER"));
	conf_free(old);
	check_str("a copy", "/a", new->sock);
	conf_free(new);
	n = 0;
	if ((f = fopen(log, "r")) != NULL) {
		n = fread(text, 1, sizeof(text) - 1, f);
		fclose(f);
	}
	text[n] = '\0';
	unlink(log);
	check("logged", 1, strstr(text, "BOBBIN_SOCKET: ") != NULL &&
	    strstr(text, "BOBBIN_MEMORY_MB: ") != NULL &&
	    strstr(text, "BOBBIN_USER: ") != NULL &&
	    strstr(text, "BOBBIN_GROUP: ") != NULL);
	check("not what is the same", 1, strstr(text, "SLOW") == NULL);
	check("nor what may change", 1, strstr(text, "LOG_LEVEL") == NULL);
}

static void
urls_fall_back(void)
{
	struct conf	*c;

	c = load("DATABASE_URL = a\n");
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	check_str("workers", "a", conf_app_url(c));
	check_str("jobs", "a", conf_jobs_url(c));
	conf_free(c);
	c = load("DATABASE_URL = a\nBOBBIN_APP_DATABASE_URL = b\n"
	    "BOBBIN_JOBS_DATABASE_URL = c\n");
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	check_str("workers' own", "b", conf_app_url(c));
	check_str("jobs' own", "c", conf_jobs_url(c));
	conf_free(c);
}

static CU_TestInfo tests[] = {
	{ "has defaults", has_defaults },
	{ "the table is sound", the_table_is_sound },
	{ "the environment wins", the_environment_wins },
	{ "aliases yield", aliases_yield },
	{ "long values go on", long_values_go_on },
	{ "values are checked", values_are_checked },
	{ "prompts are counted in code points",
	  prompts_are_counted_in_code_points },
	{ "lines are checked", lines_are_checked },
	{ "errors hold no secret", errors_hold_no_secret },
	{ "printing masks secrets", printing_masks_secrets },
	{ "keeps what needs a restart", keeps_what_needs_a_restart },
	{ "urls fall back", urls_fall_back },
	CU_TEST_INFO_NULL
};
const struct suite conf_suite = { "conf", tests };
