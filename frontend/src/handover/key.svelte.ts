// The key that the person chose, for as long as the window stands. Only its
// place and its public half are known here.
export const chosen = $state({ path: '', public: '' });
