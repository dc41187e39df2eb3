#ifndef CLI_IMPORT_CHATKIT_H
#define CLI_IMPORT_CHATKIT_H

#include "core/import.h"

/* Seed 003's tables (chatkit.md, 11). */
extern const struct import_plan import_chatkit;

#endif
