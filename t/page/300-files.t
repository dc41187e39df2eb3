#!/bin/sh
# 300-files.t: files, models, API keys and statistics on the page.
. "${SRCDIR:?}/t/page/lib.sh"

page_secret=page-link-0123456789abcdef0123456789abcdef
page_key=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=
it_conf="ARTIFACTS_SECRET = $page_secret
ENCRYPTION_KEY = $page_key
MAX_ARTIFACT_SIZE_MB = 2"
page_start files
secret $page_secret
secret $page_key
secret sk-test-1234567890abcdef
_demo || _bail 'no demo data'

runs_are_counted_per_day() { _page statistics; }
files_are_uploaded_shown_and_deleted() { _page uploads; }
files_stand_below_their_answers() { _page answers; }
what_chatkit_s_users_send_along_is_shown() { _page sent_along; }
an_upload_shows_how_far_it_is() { _page progress; }
a_model_is_set_for_a_thread() { _page model; }
api_keys_are_masked() { _page keys; }

it_run
