#!/bin/sh
# run.sh DIR [PYTEST ARGUMENTS]: the tests that say something about Windows, by the Python of wine-setup.sh DIR.
set -eu
DIR=$(realpath "$1")
shift
cd "$(dirname "$(realpath "$0")")/../.."
ROOT=Z:$(pwd | tr / '\\')
export PYTHONPATH="$ROOT\\src;$ROOT" PYTHONDONTWRITEBYTECODE=1

# Left out: what takes half a minute there, and what Wine 8 does otherwise than Windows: a connection that the peer has
# reset is not reported to who only writes, sockets have no limit to what they hold, TCP_NODELAY cannot be asked for.
# Of the checks: what starts no program, for a Python whose input is the null device ends at its start there.
HEALTH=
for name in check definition figures graph history lane naming plugin quiet ranges reading states track; do
  HEALTH="$HEALTH tests/health/test_$name.py"
done

# shellcheck disable=SC2086 # it is a list
exec timeout 900 "$DIR/wpy" -m pytest -q -p no:cacheprovider -p tests.windows.heartbeat \
  tests/windows tests/shell tests/test_config.py tests/script tests/store tests/telnet tests/test_terminal.py tests/hub tests/control \
  $HEALTH tests/http \
  --deselect tests/store/test_audit.py::test_strangers_cannot_fill_the_disk_and_push_no_other_rows_out \
  --deselect tests/store/test_database.py::test_nothing_acknowledged_is_lost_when_the_process_is_killed \
  --deselect tests/telnet/test_channel.py::test_a_session_that_does_not_read_stops_the_client \
  --deselect tests/telnet/test_channel.py::test_drain_cuts_off_a_client_that_reads_nothing \
  --deselect tests/telnet/test_channel.py::test_sending_to_a_client_that_is_gone_is_harmless \
  --deselect tests/telnet/test_channel.py::test_a_late_size_is_not_told_after_the_end \
  --deselect tests/telnet/test_channel.py::test_dead_clients_are_found_by_the_kernel \
  "$@"
