#!/bin/sh
# 300-files.t: files, models, API keys and statistics on the page.
. "${SRCDIR:?}/t/page/lib.sh"

page_start files
_demo || _bail 'no demo data'

runs_are_counted_per_day() { _page statistics; }
files_are_uploaded_shown_and_deleted() { _page uploads; }
an_upload_shows_how_far_it_is() { _page progress; }
a_model_is_set_for_a_thread() { _page model; }
api_keys_are_masked() { _page keys; }

it_run
