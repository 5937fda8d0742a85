"""Reads graphs with NetworkX and prints, of each file, how many nodes and edges there are, and whether all have what they should."""
import json
import sys

import networkx

found = {}
for path in sys.argv[1:]:
    if path.endswith(".graphml"):
        graph = networkx.read_graphml(path)
    else:
        with open(path) as f:
            graph = networkx.cytoscape_graph(json.load(f))
    found[path] = {
        "nodes": graph.number_of_nodes(),
        "edges": graph.number_of_edges(),
        "nameless": sum(1 for _, d in graph.nodes(data=True) if not d.get("name")),
        "treeSize": graph.graph["treeSize"],
        "complete": graph.graph["complete"],
    }
json.dump(found, sys.stdout)
