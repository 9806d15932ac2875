"""The page: its boot data, what is open and how it is arranged, unsaved text, preferences."""
