"""The ways in which a person is told while no page is open: Web Push, e-mail, webhook."""
