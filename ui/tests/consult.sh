# Prints exercise viewings, as a gateway would hand them in: consult.sh FIRST LAST
for i in $(seq "$1" "$2"); do
  printf '{"id": "viewing-%s", "kind": "CONSULT", "exercise": true, "occurred": "2026-03-01T08:00:00Z", "requester": "exercise-control", "from": {"organisation": "exercise-control"}, "actor": {"id": "officer-%s"}, "purpose": "training", "images": [{"digest": "sha256:%064d"}]}\n' "$i" "$i" "$i"
done
