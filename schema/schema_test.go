package schema_test

import (
	"testing"

	"github.com/lichtspur/lichtspur/schema"
)

func TestParse(t *testing.T) {
	if _, err := schema.New(nil, nil); err != nil {
		t.Fatal(err)
	}
}
