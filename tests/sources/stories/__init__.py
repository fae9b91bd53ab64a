"""One story, told by every sender; see each module's ``payloads``."""
