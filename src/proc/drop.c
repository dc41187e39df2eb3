/* drop.c: root goes, before the first fork. */
#include "config.h"

#include "proc/drop.h"

#include <sys/prctl.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

static int
find(const struct conf *conf, uid_t *uid, gid_t *gid, char err[256])
{
	struct passwd	*pw;
	struct group	*gr;

	if (conf->user == NULL) {
		snprintf(err, 256, "started as root: set BOBBIN_USER");
		return EX_CONFIG;
	}
	if ((pw = getpwnam(conf->user)) == NULL || pw->pw_uid == 0) {
		snprintf(err, 256, "BOBBIN_USER: %s is %s", conf->user,
		    pw == NULL ? "unknown" : "root");
		return EX_NOUSER;
	}
	*uid = pw->pw_uid;
	*gid = pw->pw_gid;
	if (conf->group == NULL)
		return 0;
	if ((gr = getgrnam(conf->group)) == NULL) {
		snprintf(err, 256, "BOBBIN_GROUP: %s is unknown", conf->group);
		return EX_NOUSER;
	}
	*gid = gr->gr_gid;
	return 0;
}

int
drop_root(const struct conf *conf, char err[256])
{
	uid_t	uid;
	gid_t	gid;
	int	rc;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1) {
		snprintf(err, 256, "no_new_privs: %s", strerror(errno));
		return EX_OSERR;
	}
	if (getuid() != 0 && geteuid() != 0)
		return 0;
	if ((rc = find(conf, &uid, &gid, err)) != 0)
		return rc;
	if (setgroups(1, &gid) == -1 || setresgid(gid, gid, gid) == -1 ||
	    setresuid(uid, uid, uid) == -1) {
		snprintf(err, 256, "cannot become %s: %s", conf->user,
		    strerror(errno));
		return EX_NOPERM;
	}
	if (setuid(0) != -1 || geteuid() != uid || getegid() != gid) {
		snprintf(err, 256, "still root after becoming %s", conf->user);
		return EX_NOPERM;
	}
	return 0;
}
