package store

// Place says on what kind of drive the register is where that is one to be
// careful with, such as a network drive or a memory stick; otherwise nothing.
func (s *Store) Place() string { return doubtful(s.path) }
