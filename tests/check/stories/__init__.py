"""Each ✗ of `meja check` as a story: how it comes about, and its fix done as the line below it says."""
