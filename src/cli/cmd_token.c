/* cmd_token.c: a token for development, signed with our own secret. */
#include "config.h"

#include "cli/cli.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/text.h"
#include "codec/json.h"
#include "codec/jws.h"

#define EMAIL_MAX	255		/* code points */
#define TTL_MAX		(10 * 365 * INT64_C(86400))

struct wish {
	const char	*path, *scope, *sub, *email;
	int64_t		 ttl;
	bool		 help;
};

/* False: a bad option, or not exactly one email that bobbin would accept. */
static bool
parse(int argc, char **argv, struct wish *w)
{
	const char	*ttl = NULL;
	const struct { const char *name, **to; } opts[] = {
		{ "-c",      &w->path },
		{ "--scope", &w->scope },
		{ "--sub",   &w->sub },
		{ "--ttl",   &ttl },
	};
	size_t		 o;
	int		 i;

	for (i = 1; i < argc && argv[i][0] == '-'; i++) {
		if (strcmp(argv[i], "--help") == 0)
			return w->help = true;
		for (o = 0; o < nitems(opts); o++)
			if (strcmp(argv[i], opts[o].name) == 0)
				break;
		if (o == nitems(opts) || ++i == argc)
			return false;
		*opts[o].to = argv[i];
	}
	if (argc - i != 1 || (ttl != NULL &&
	    !int_strict(ttl, strlen(ttl), 1, TTL_MAX, &w->ttl)))
		return false;
	w->email = argv[i];
	return *w->email != '\0' && utf8_valid(w->email, strlen(w->email)) &&
	    utf8_count(w->email, strlen(w->email)) <= EMAIL_MAX;
}

static void
write_claims(struct buf *b, const struct conf *conf, const struct wish *w)
{
	int64_t	 now = now_us() / 1000000;

	jw_open(b, '{');
	if (conf->jwt_iss.n > 0)
		jw_kstr(b, "iss", conf->jwt_iss.v[0]);
	if (conf->jwt_aud.n > 0)
		jw_kstr(b, "aud", conf->jwt_aud.v[0]);
	jw_kstr(b, "sub", w->sub != NULL ? w->sub : w->email);
	jw_kstr(b, "email", w->email);
	jw_kbool(b, "email_verified", true);
	if (w->scope != NULL)
		jw_kstr(b, "scope", w->scope);
	jw_kint(b, "iat", now);
	jw_kint(b, "exp", now + w->ttl);
	jw_close(b, '}');
}

static int
mint(const struct conf *conf, const struct wish *w)
{
	struct buf	 claims, token;
	struct jwk	 secret;
	int		 status = EX_DATAERR;

	if (conf->jwt_secret == NULL || jwk_secret(conf->jwt_secret,
	    strlen(conf->jwt_secret), &secret) != JWK_OK) {
		fprintf(stderr, "bobbin: JWT_HS256_SECRET with at least %d "
		    "bytes is needed\n", JWK_SECRET_MIN);
		return EX_CONFIG;
	}
	buf_init(&claims, JWS_MAX);
	buf_init(&token, JWS_MAX);
	write_claims(&claims, conf, w);
	if (claims.over || !jws_mint(&token, claims.p, claims.len, &secret))
		fprintf(stderr, "bobbin: the token would be longer than %d "
		    "bytes\n", JWS_MAX);
	else if (printf("%.*s\n", (int)token.len, token.p) > 0 &&
	    fflush(stdout) == 0)
		status = EX_OK;
	else
		status = EX_IOERR;
	buf_free(&claims);
	buf_free(&token);
	jwk_clear(&secret);
	return status;
}

int
cmd_token(int argc, char **argv)
{
	struct wish	 w = { .ttl = 3600 };
	struct conf	*conf;
	int		 status;

	if (!parse(argc, argv, &w))
		return cli_usage("token", EX_USAGE);
	if (w.help)
		return cli_usage("token", EX_OK);
	conf = cli_conf(w.path);
	status = mint(conf, &w);
	conf_free(conf);
	return status;
}
