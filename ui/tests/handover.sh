# Prints what two agencies of the exercise say of the same transfers, each by its own gateway, and who denies one of them:
# handover.sh sent|received|said
case $1 in
sent|received)
  [ "$1" = sent ] && kind=DISCLOSE by=exercise-de-federal-police hour=08 || { kind=RECEIVE by=exercise-fr-bureau; hour=09; }
  for i in 1 2 3; do
    to=exercise-fr-photo-file org=exercise-fr-bureau
    # The third is one that goes where it is denied that anything went, and nobody there says that it came.
    [ $i = 3 ] && { to=exercise-ne-photo-file org=exercise-ne-bureau; [ "$1" = received ] && continue; }
    printf '{"id": "handover-%s-%s", "kind": "%s", "exercise": true, "occurred": "2025-03-0%sT%s:00:00Z", "requester": "%s", "actor": {"id": "officer-1"}, "from": {"organisation": "exercise-de-federal-police", "system": "exercise-de-federal-police-file"}, "to": {"organisation": "%s", "system": "%s"}, "purpose": "handover", "basis": ["Exercise rule 9"], "images": [{"digest": "sha256:%064d"}], "transfer": {"reference": "HANDOVER-%s"}}\n' "$1" "$i" "$kind" "$i" "$hour" "$by" "$org" "$to" "$((900 + i))" "$i"
  done ;;
said)
  printf '{"id": "handover/paper", "kind": "DECLARE", "exercise": true, "declaration": {"type": "DOCUMENT", "id": "exercise-paper", "name": {"en": "Exercise paper", "de": "Übungspapier"}, "document": {"publisher": "exercise-control"}}}\n'
  printf '{"id": "handover/denied", "kind": "CLAIM", "exercise": true, "occurred": "2025-06-01", "citation": {"source": "exercise-paper", "locator": "p. 1"}, "text": {"en": "Nothing is sent to Niger.", "de": "Nach Niger wird nichts gesandt."}, "claim": {"claimant": "exercise-control", "stance": "DENIED", "modality": "FACT", "sourceClass": "OFFICIAL", "proposition": {"id": "exercise-handover-niger", "type": "FLOW", "from": "exercise-de-federal-police-file", "to": "exercise-ne-photo-file", "text": {"en": "Photographs go from the federal police to Niger.", "de": "Lichtbilder gehen von der Bundespolizei nach Niger."}}}}\n' ;;
esac
