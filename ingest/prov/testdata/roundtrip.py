"""Reads PROV-JSON with python3-prov, counts its statements on standard error, and writes it again."""
import sys
from collections import Counter

from prov.model import PROV_N_MAP, ProvDocument

document = ProvDocument.deserialize(content=sys.stdin.read(), format="json")
found = Counter()
for part in [document, *document.bundles]:
    for record in part.get_records():
        found[PROV_N_MAP[record.get_type()]] += 1
found["bundle"] = len(list(document.bundles))
for name in sorted(found):
    print(name, found[name], file=sys.stderr)
print(document.serialize(format="json"))
