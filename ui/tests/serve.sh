# Serves what the page is tested with: the public record and exercise events, in a directory of its own, anew each time.
set -eu
cd "$(dirname "$0")/.."
program="$PWD/../bin/lichtspur"
rm -rf .run/data .run/data.keys
mkdir -p .run
cd .run
"$program" init --data data --origin localhost/lichtspur/page-test >/dev/null
"$program" record -o record.ndjson
"$program" ingest --data data --source log record.ndjson
"$program" simulate --declarations -o declarations.ndjson
"$program" ingest --data data --source log declarations.ndjson
"$program" simulate --events "${EVENTS:-20000}" --seed 7 -o exercise.ndjson --truth truth.json
"$program" ingest --data data --source exercise exercise.ndjson
# One person whom a single entry names is erased, by the command that an operator has for it.
person=$(grep -o '"persons":\[{"id":"[^"]*' exercise.ndjson | head -n 100 | tail -n 1 | sed 's/.*"//')
"$program" redact "person:exercise:$person" --yes --requester "Exercise subject, file 12/26" --approver "Exercise data-protection office" --basis "Exercise rule 16" --data data
sh ../tests/handover.sh sent | "$program" ingest --data data --source exercise-de-federal-police -
sh ../tests/handover.sh received | "$program" ingest --data data --source exercise-fr-bureau -
sh ../tests/handover.sh said | "$program" ingest --data data --source log -
"$program" ingest --data data --source log ../tests/gateway.ndjson
# A source that seals and signs what it hands in.
export LICHTSPUR_PASSPHRASE=exercise
rm -rf sealer.key sealer.pub sealer sealer.keys
"$program" key generate sealer.key
"$program" source add exercise-sealer --organisation exercise-control --introduces --data data
"$program" source key exercise-sealer sealer.pub --data data
sh ../tests/consult.sh 101 105 | "$program" seal --new --store sealer --source exercise-sealer --key sealer.key -
"$program" submit --store sealer --source exercise-sealer --data data
sh ../tests/consult.sh 1 2 | "$program" ingest --data data --source exercise-gateway -
sleep 2 # longer than it said that it would be silent
sh ../tests/consult.sh 3 4 | "$program" ingest --data data --source exercise-gateway -
exec "$program" serve --data data --demo --listen "127.0.0.1:$1"
