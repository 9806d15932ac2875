"""People: who they are, how they sign in, which devices are signed in, what they may reach."""
