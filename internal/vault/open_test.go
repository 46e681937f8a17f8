package vault

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"assay/internal/fault"

	"pgregory.net/rapid"
)

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "register.assay")
	v, words := created(t, path)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("the_file_is_for_its_owner_only", func(t *testing.T) {
		info, err := os.Stat(path)
		if err != nil || os.PathSeparator == '/' && info.Mode().Perm() != 0o600 {
			t.Error(info.Mode(), err)
		}
	})
	t.Run("an_existing_file_is_not_written_over", func(t *testing.T) {
		if _, _, err := Create(path, passphrase, quick); fault.CodeOf(err) != fault.CodeConflict {
			t.Error(err)
		}
	})
	t.Run("a_short_passphrase_is_refused_and_leaves_no_file", func(t *testing.T) {
		other := filepath.Join(dir, "other.assay")
		if _, _, err := Create(other, "seven77", quick); fault.CodeOf(err) != fault.CodeInvalid {
			t.Error(err)
		}
		if names, _ := filepath.Glob(filepath.Join(dir, "*")); len(names) != 1 {
			t.Error(names)
		}
	})
	t.Run("a_wrong_passphrase_is_forbidden", func(t *testing.T) {
		for _, wrong := range []string{"", "correct horse batterz", passphrase + " ", strings.ToUpper(passphrase)} {
			if _, err := Open(path, wrong); fault.CodeOf(err) != fault.CodeForbidden {
				t.Errorf("%q: %v", wrong, err)
			}
			if err := v.CheckPassphrase(wrong); fault.CodeOf(err) != fault.CodeForbidden {
				t.Errorf("%q: %v", wrong, err)
			}
		}
		if err := v.CheckPassphrase(passphrase); err != nil {
			t.Error(err)
		}
	})
	t.Run("the_recovery_key_opens_however_it_is_typed", func(t *testing.T) {
		var short []string
		for _, w := range strings.Fields(words) {
			short = append(short, w[:min(4, len(w))])
		}
		for _, typed := range []string{
			words, strings.ToUpper(words), strings.ReplaceAll(words, "\n", "   "), strings.Join(short, "\t"),
		} {
			r, err := OpenWithRecovery(path, typed)
			if err != nil {
				t.Fatalf("%q: %v", typed, err)
			}
			if err := r.Close(); err != nil {
				t.Error(err)
			}
		}
	})
	t.Run("the_recovery_key_of_another_register_is_forbidden", func(t *testing.T) {
		_, other := created(t, filepath.Join(t.TempDir(), "other.assay"))
		if _, err := OpenWithRecovery(path, other); fault.CodeOf(err) != fault.CodeForbidden {
			t.Error(err)
		}
	})
	t.Run("the_same_letters_from_another_keyboard_open", func(t *testing.T) {
		p := filepath.Join(t.TempDir(), "r.assay")
		c, _, err := Create(p, "caf\u00e9 ar agor", quick)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if err := c.CheckPassphrase("cafe\u0301 ar agor"); err != nil {
			t.Error(err)
		}
	})

	later := bytes.Replace(whole, []byte("Assay register 2\n"), []byte("Assay register 3\n"), 2)
	greedy := func(params string) []byte {
		h, _, err := pickHeader(whole)
		if err != nil {
			t.Fatal(err)
		}
		page := string(bytes.TrimRight(h.format(v.fileKey), "\x00"))
		page = strings.Replace(page, "argon2id 1 64 1 ", "argon2id "+params+" ", 1)
		body, _, _ := strings.Cut(page, "check ")
		b := make([]byte, keyPage)
		copy(b, body+fmt.Sprintf("check %x\n", sha256.Sum256([]byte(body))))
		return slices.Concat(b, b, whole[keyPages:])
	}
	for name, c := range map[string]struct {
		content []byte
		code    fault.Code
		says    string
	}{
		"an_empty_file":        {nil, fault.CodeUnreadable, "not an Assay register"},
		"another_kind_of_file": {[]byte("%PDF-1.7\n"), fault.CodeUnreadable, "not an Assay register"},
		"a_plain_database": {
			[]byte("SQLite format 3\x00 and more"), fault.CodeUnreadable, "not encrypted",
		},
		"a_file_cut_in_its_key_page": {whole[:100], fault.CodeUnreadable, "not an Assay register"},
		"a_file_of_a_newer_assay":    {later, fault.CodeForbidden, "newer Assay"},
		"both_key_pages_damaged": {
			bytes.ReplaceAll(whole, []byte("number 1"), []byte("number 2")), fault.CodeUnreadable, "damaged",
		},
		"a_key_page_made_by_another":      {greedy("2 64 1"), fault.CodeForbidden, "passphrase"},
		"a_key_page_that_asks_for_1_TiB":  {greedy("1 1073741824 1"), fault.CodeUnreadable, "does not do"},
		"a_key_page_that_asks_for_a_year": {greedy("100000000 64 1"), fault.CodeUnreadable, "does not do"},
		"a_key_page_without_memory":       {greedy("1 1 1"), fault.CodeUnreadable, "does not do"},
		"a_key_page_with_a_leading_zero":  {greedy("01 64 1"), fault.CodeUnreadable, "damaged"},
	} {
		t.Run(name+"_is_refused_unchanged", func(t *testing.T) {
			p := filepath.Join(t.TempDir(), "r.assay")
			if err := os.WriteFile(p, c.content, 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := Open(p, passphrase)
			if fault.CodeOf(err) != c.code || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v (%v)", err, fault.CodeOf(err))
			}
			if after, _ := os.ReadFile(p); !bytes.Equal(after, c.content) {
				t.Error("the file was changed")
			}
		})
	}
	t.Run("a_folder_and_an_absent_file_are_refused", func(t *testing.T) {
		for _, p := range []string{dir, filepath.Join(dir, "absent.assay")} {
			if _, err := Open(p, passphrase); fault.CodeOf(err) != fault.CodeUnreadable {
				t.Error(p, err)
			}
		}
	})
	t.Run("a_mac_made_without_the_key_is_tampered", func(t *testing.T) {
		h, _, _ := pickHeader(whole)
		page := h.format(make([]byte, keySize))
		p := filepath.Join(t.TempDir(), "r.assay")
		if err := os.WriteFile(p, slices.Concat(page, page, whole[keyPages:]), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(p, passphrase); fault.CodeOf(err) != fault.CodeTampered {
			t.Error(err)
		}
	})
	t.Run("IsSealed_tells_a_register_from_other_files", func(t *testing.T) {
		plain := filepath.Join(dir, "plain.db")
		if err := os.WriteFile(plain, []byte("SQLite format 3\x00"), 0o600); err != nil {
			t.Fatal(err)
		}
		if !IsSealed(path) || IsSealed(plain) || IsSealed(dir) || IsSealed("absent") {
			t.Error("told wrongly")
		}
	})
}

func TestChangePassphrase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "register.assay")
	v, words := created(t, path)
	db := connect(t, path, v.VFS(), "journal_mode(WAL)")
	run(t, db, "CREATE TABLE person (person_name TEXT)")
	run(t, db, "PRAGMA wal_checkpoint(TRUNCATE)")
	before := readOutside(t, path)
	if err := v.ChangePassphrase("not this one", "another passphrase", quick); fault.CodeOf(
		err,
	) != fault.CodeForbidden {
		t.Error(err)
	}
	stronger := Params{2, 128, 1}
	if err := v.ChangePassphrase(passphrase, "another passphrase", stronger); err != nil {
		t.Fatal(err)
	}
	after := readOutside(t, path)
	t.Run("writes_the_key_pages_only", func(t *testing.T) {
		if !bytes.Equal(before[keyPages:], after[keyPages:]) || bytes.Equal(before[:keyPages], after[:keyPages]) {
			t.Error("other bytes were written, or none")
		}
		if v.Params() != stronger {
			t.Error(v.Params())
		}
	})
	t.Run("the_database_stays_open_meanwhile", func(t *testing.T) {
		run(t, db, "INSERT INTO person VALUES (?)", canary)
	})
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	t.Run("the_old_passphrase_opens_no_more", func(t *testing.T) {
		if _, err := Open(path, passphrase); fault.CodeOf(err) != fault.CodeForbidden {
			t.Error(err)
		}
		again, err := Open(path, "another passphrase")
		if err != nil {
			t.Fatal(err)
		}
		again.Close()
	})
	t.Run("a_new_recovery_key_replaces_the_old_one", func(t *testing.T) {
		fresh, err := v.AddRecovery()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := OpenWithRecovery(path, words); fault.CodeOf(err) != fault.CodeForbidden {
			t.Error(err)
		}
		r, err := OpenWithRecovery(path, fresh)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.SetPassphrase("a third passphrase", quick); err != nil {
			t.Error(err)
		}
		r.Close()
		again, err := Open(path, "a third passphrase")
		if err != nil {
			t.Fatal(err)
		}
		again.Close()
	})
	t.Run("cut_off_at_any_byte_the_old_or_the_new_one_opens", func(t *testing.T) {
		// The new key page goes over one copy, then over the other.
		oldPage, newPage := before[:keyPage], after[:keyPage]
		for _, first := range []int{0, 1} {
			for cut := 0; cut <= 2*keyPage; cut += 97 {
				prefix := slices.Concat(oldPage, oldPage)
				n := min(cut, keyPage)
				copy(prefix[first*keyPage:], newPage[:n])
				copy(prefix[(1-first)*keyPage:], newPage[:cut-n])
				p := filepath.Join(t.TempDir(), "cut.assay")
				if err := os.WriteFile(p, slices.Concat(prefix, after[keyPages:]), 0o600); err != nil {
					t.Fatal(err)
				}
				c, err1 := Open(p, passphrase)
				if err1 != nil {
					var err2 error
					if c, err2 = Open(p, "another passphrase"); err2 != nil {
						t.Fatalf("cut at %d: %v; %v", cut, err1, err2)
					}
				}
				c.Close()
				mended, _ := os.ReadFile(p)
				if !bytes.Equal(mended[:keyPage], mended[keyPage:keyPages]) {
					t.Fatalf("cut at %d: the copies still differ", cut)
				}
			}
		}
	})
}

func TestClose(t *testing.T) {
	path := filepath.Join(t.TempDir(), "register.assay")
	v, _ := created(t, path)
	db := connect(t, path, v.VFS())
	run(t, db, "CREATE TABLE person (person_name TEXT)")
	if err := v.Close(); err == nil {
		t.Error("closed under an open database")
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	key, name := v.fileKey, v.VFS()
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	if !isZero(key) {
		t.Error("the key is still in memory")
	}
	if err := connect(t, path, name).Ping(); err == nil {
		t.Error("the file system is still there")
	}
	if err := v.Close(); err != nil {
		t.Error("a second Close:", err)
	}
}

func TestWords(t *testing.T) {
	t.Run("the_list_has_256_words_told_apart_by_four_letters", func(t *testing.T) {
		if len(wordList) != 256 || len(wordIndex) != 256 || !slices.IsSorted(wordList) {
			t.Error(len(wordList), len(wordIndex))
		}
	})
	t.Run("read_back", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			secret := rapid.SliceOfN(rapid.Byte(), secretSize, secretSize).Draw(t, "secret")
			if got, err := parseWords(formatWords(secret)); err != nil || !bytes.Equal(got, secret) {
				t.Fatal(got, err)
			}
		})
	})
	words := strings.Fields(formatWords(bytesFrom(0, secretSize)))
	for name, c := range map[string]struct {
		spoil func([]string) []string
		says  string
	}{
		"a_missing_word": {func(w []string) []string { return w[1:] }, "24 words; you entered 23"},
		"a_word_too_many": {
			func(w []string) []string { return append(w, "able") }, "24 words; you entered 25",
		},
		"no_words":                  {func([]string) []string { return nil }, "you entered 0"},
		"a_word_that_is_not_listed": {func(w []string) []string { w[8] = "zebra"; return w }, "Word 3 of line 2"},
		"a_listed_word_misspelt":    {func(w []string) []string { w[6] = "agenda"; return w }, "Word 1 of line 2"},
		"another_listed_word":       {func(w []string) []string { w[8] = "bird"; return w }, "Line 2"},
		"two_words_exchanged":       {func(w []string) []string { w[12], w[13] = w[13], w[12]; return w }, "Line 3"},
		"two_lines_exchanged": {func(w []string) []string {
			return slices.Concat(w[:6], w[12:18], w[6:12], w[18:])
		}, "Line 2"},
	} {
		t.Run(name+"_is_told_with_its_line", func(t *testing.T) {
			_, err := parseWords(strings.Join(c.spoil(slices.Clone(words)), " "))
			if fault.CodeOf(err) != fault.CodeInvalid || !strings.Contains(err.Error(), c.says) {
				t.Error(err)
			}
		})
	}
}

func TestCalibrate(t *testing.T) {
	if p, err := (Params{}).orCalibrated(); err != nil || p.Passes < 2 || p.MemoryKiB != 256<<10 {
		t.Errorf("a register is made with %+v (%v)", p, err)
	}
	if p := Calibrate(1); p.Passes != 2 || p.MemoryKiB != 256<<10 || p.check() != nil {
		t.Error(p)
	}
}

func FuzzKeyPage(f *testing.F) {
	key := bytesFrom(0, keySize)
	h := header{number: 1, params: Params{1, 64, 1}, recovery: new(slot)}
	f.Add(h.format(key))
	h.recovery = nil
	f.Add(h.format(key))
	f.Add([]byte("SQLite format 3\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		page := make([]byte, keyPage)
		copy(page, b)
		if h, got, err := pickHeader(page); err == nil {
			if h.params.check() != nil || !bytes.Equal(got, page) {
				t.Error("a key page that cannot be")
			}
			h.authentic(key, got)
		}
	})
}

func FuzzWords(f *testing.F) {
	f.Add(formatWords(bytesFrom(0, secretSize)))
	f.Fuzz(func(t *testing.T, s string) {
		if secret, err := parseWords(s); err == nil {
			if again, err := parseWords(formatWords(secret)); err != nil || !bytes.Equal(again, secret) {
				t.Error(secret, again, err)
			}
		}
	})
}

// TestMadeUpKeyPage: a key page that anybody can make up must not cost more
// memory or time than a real one before anything of it is authenticated.
func TestMadeUpKeyPage(t *testing.T) {
	for name, p := range map[string]Params{
		"2 GiB":                  {1, 2 << 20, 4},
		"1 GiB":                  {1, 1 << 20, 4},
		"a thousand passes":      {1000, 64 << 10, 4},
		"most memory and passes": {maxPasses, maxMemory, 4},
		"many threads":           {1, 64 << 10, 17},
		"no passes":              {0, 64 << 10, 1},
	} {
		if err := p.check(); fault.CodeOf(err) != fault.CodeUnreadable {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, p := range map[string]Params{
		"what is calibrated on a slow laptop": {2, ourMemory, 4},
		"what is calibrated on a fast one":    {maxPasses, ourMemory, 4},
		"tests":                               quick,
	} {
		if err := p.check(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	// A file whose key page asks for it is refused without a guess being tried.
	path := filepath.Join(t.TempDir(), "made-up.assay")
	h := header{paging: largePages, number: 1, params: Params{1, 2 << 20, 4}}
	if err := os.WriteFile(path, h.prefix(make([]byte, keySize)), 0o600); err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := Open(path, "any passphrase"); fault.CodeOf(err) != fault.CodeUnreadable {
		t.Error(err)
	}
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > 16<<20 {
		t.Errorf("%d bytes were used", used)
	}
}
