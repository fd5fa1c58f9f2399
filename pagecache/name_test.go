package pagecache

import "testing"

// tree is /d with the names /d/a and /d/b.
func tree() (root, d, a, b *Name) {
	root = NewRoot()
	d = root.NewName("d", nil)
	d.BeDirectory()
	d.Add()
	a, b = d.NewName("a", nil), d.NewName("b", nil)
	a.Add()
	b.Add()
	return root, d, a, b
}

func TestNameThatMovesReplacesTheOneThatIsThere(t *testing.T) {
	root, d, a, b := tree()
	a.Move(d, "b")
	if d.Find("b") != a || d.Find("a") != nil || !b.Unlinked() || a.Unlinked() || a.Path() != "/d/b" {
		t.Errorf("/d/b is %v, path %s", d.Find("b"), a.Path())
	}
	a.Move(root, "c")
	if a.Path() != "/c" || a.Up() != root || !d.Empty() || b.Path() != "/d/b" {
		t.Errorf("it is %s; the dropped name keeps %s", a.Path(), b.Path())
	}
}

func TestNamesThatAreExchangedTakeTheOthersPlace(t *testing.T) {
	root, d, a, b := tree()
	b.Move(root, "b")
	a.Exchange(b)
	if a.Path() != "/b" || b.Path() != "/d/a" || d.Find("a") != b || root.Find("b") != a {
		t.Errorf("%s and %s", a.Path(), b.Path())
	}
}

func TestNamesKnowTheDirectoriesAboveThem(t *testing.T) {
	root, d, a, _ := tree()
	if !a.Within(d) || !a.Within(root) || !d.Within(d) || d.Within(a) {
		t.Error("a is within d, and d within the root")
	}
	if root.Path() != "/" || root.Up() != root || !root.IsRoot() || d.IsRoot() || !d.IsDir() || a.IsDir() ||
		a.Base() != "a" {
		t.Errorf("the root is %s, above it %s", root.Path(), root.Up().Path())
	}
}
