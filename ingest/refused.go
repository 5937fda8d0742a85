package ingest

import "github.com/lichtspur/lichtspur/graph"

// Refused counts what is kept, by source; it implements [graph.Refusals].
func (q *Quarantine) Refused() (map[string]graph.Refused, error) {
	all := map[string]graph.Refused{}
	for it, err := range q.Items("") {
		if err != nil {
			return nil, err
		}
		r := all[it.Source]
		r.Events++
		if it.Kept.After(r.Newest) {
			r.Newest = it.Kept
		}
		all[it.Source] = r
	}
	return all, nil
}
