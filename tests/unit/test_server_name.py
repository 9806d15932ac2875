"""What is named after a server is its own."""

from ide.sandbox.server_name import server_name


def test_a_folder_of_the_same_path_as_in_another_container_is_another_server(tmp_path):
    data, other = tmp_path / "data", tmp_path / "other"
    before = server_name(data)
    data.mkdir(), other.mkdir()
    name = server_name(data)
    assert len({before, name, server_name(other)}) == 3
    assert server_name(tmp_path / "other" / ".." / "data") == name, "a successor's is the same"
    data.rename(tmp_path / "away")
    other.rename(data)
    assert server_name(data) != name
