package vm

import (
	"math/bits"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"vmsim/vm/profile"
)

func release(t *testing.T, name string) *profile.Profile {
	t.Helper()
	r, err := profile.ParseRelease(name)
	require.NoError(t, err)
	return profile.New(r, profile.Config{})
}

// Each flag has two letters of its own, and smaps shows them in the order of the bits.
func TestMnemonicsAreTwoLettersForEachBitInOrder(t *testing.T) {
	all, seen := Flags(0), map[string]bool{}
	for bit := range 64 {
		f := Flags(1) << bit
		name := f.Mnemonics()
		if name == "" {
			continue
		}
		require.Len(t, name, 3, "bit %d", bit)
		require.False(t, seen[name], "bit %d has the letters of another: %s", bit, name)
		seen[name] = true
		require.Equal(t, all.Mnemonics()+name, (all | f).Mnemonics(), "bit %d", bit)
		all |= f
	}
	require.GreaterOrEqual(t, bits.OnesCount64(uint64(all)), 30)
	require.Equal(t, "rd mr mw me ac ", (Read | MayRead | MayWrite | MayExec | Account).Mnemonics())
}

func TestMnemonicsOfOneBitDifferBetweenReleases(t *testing.T) {
	for _, c := range []struct {
		release string
		flag    Flags
		name    string
	}{
		{"5.10", DenyWrite, "dw "}, {"5.15", MaybeGuard, "gu "},
		{"6.1", LockOnFault, "?? "}, {"6.18", LockOnFault, "lf "},
	} {
		require.Equal(t, c.name, string(c.flag.AppendMnemonicsOn(nil, release(t, c.release))), "%+v", c)
	}
}

// The fourth letter says how the area was mapped: a shared mapping of a file that is open for reading is not Shared,
// but MayShare.
func TestPermissionsAreFourLetters(t *testing.T) {
	const bits = "rwxs"
	for n := range 16 {
		var f Flags
		want := []byte("---p")
		for i, flag := range []Flags{Read, Write, Exec, MayShare} {
			if n>>i&1 != 0 {
				f |= flag
				want[i] = bits[i]
			}
		}
		require.Equal(t, string(want), f.Permissions())
		require.Equal(t, string(want), (f | Shared | MayWrite).Permissions())
	}
}

// Only a store may be forbidden alone, and code runs whatever the key.
func TestRightsOfAKeyForbidAccessesOfData(t *testing.T) {
	for key := range 16 {
		for _, c := range []struct {
			not     KeyRights
			forbids string
		}{{0, ""}, {KeyNoAccess, "rw"}, {KeyNoWrite, "w"}, {KeyNoAccess | KeyNoWrite, "rw"}} {
			r := (^KeyRights(0)).With(key, c.not)
			for _, k := range []Access{Load, Store, Fetch} {
				require.Equal(t, strings.Contains(c.forbids, k.String()), r.Forbids(key, k), "%v, key %d", k, key)
				require.Equal(t, k != Fetch, r.Forbids((key+1)%16, k), "the key beside it")
			}
			require.Equal(t, ^KeyRights(0), r.With(key, 3))
		}
		f := (Read | MayWrite | Sealed | HugePage).WithKey(15).WithKey(key)
		require.Equal(t, key, f.Key())
		require.Equal(t, Read|MayWrite|Sealed|HugePage, f.WithKey(0), "another flag was changed")
	}
}
