"""Pure calculation of notifications: which moment a fact is, whether and when it may be told, and in which words."""
