"""Takes letters from keepers and sends them to people's channels, each once, also after a crash."""
