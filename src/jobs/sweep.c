/* sweep.c: checkpoints that a running graph wrote after their deletion. */
#include "config.h"

#include "jobs/jobs.h"

#include <inttypes.h>

#include "base/log.h"

enum rc
sweep_checkpoints(struct jobs *j, int64_t *wait)
{
	struct db_res	*r;
	const char	*schema = j->conf->ckpt_schema;
	enum rc		 rc;

	(void)wait;
	if (schema == NULL)
		schema = "";
	if ((rc = db_one(j->db, &r, Q_CLAIMS_SWEEP, schema)) != RC_OK) {
		log_error("sweep: failed (SQLSTATE %s)", db_sqlstate(j->db));
		return rc;
	}
	if (res_int(r, 0, 0) > 0)
		log_info("sweep: %" PRId64 " checkpoint rows of deleted "
		    "threads", res_int(r, 0, 0));
	return RC_OK;
}
