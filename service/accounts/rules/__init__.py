"""Pure calculation of accounts: which passwords will do, what a refresh token says, what a mail says."""
