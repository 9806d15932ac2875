"""`ide …`: serve, stop, status, doctor, user. Thin: what is done stands in the rooms below."""
