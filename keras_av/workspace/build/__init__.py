"""The engine that makes results, for BUILD files and programs alike."""
