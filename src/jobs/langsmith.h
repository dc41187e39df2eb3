#ifndef JOBS_LANGSMITH_H
#define JOBS_LANGSMITH_H

#include "core/outbox.h"

/* What LangSmith's status (0: no answer) means for the row; age apart. */
enum outcome	langsmith_outcome(int status);

#endif
