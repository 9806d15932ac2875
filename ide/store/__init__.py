"""The people's database: engine, transactions, types, migrations. Rooms own their tables."""
