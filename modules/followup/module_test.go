package followup_test

import (
	"testing"

	"github.com/dramac-main/dramac-cms/modules/followup"
	"github.com/dramac-main/dramac-cms/testkit"
)

func TestItConforms(t *testing.T) { testkit.Conforms(t, followup.Module()) }
