"""What kind of picture or sound some bytes are, told by how they begin."""

from __future__ import annotations

_IMAGES = ((b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"), (b"GIF8", "image/gif"))
_SOUNDS = ((b"ID3", "audio/mpeg"), (b"\xff\xfb", "audio/mpeg"), (b"OggS", "audio/ogg"), (b"fLaC", "audio/flac"))


def image_type(data: bytes) -> str | None:
    """PNG, JPEG, GIF or WebP; None for all else."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for mark, kind in _IMAGES if data.startswith(mark)), None)


def sound_type(data: bytes) -> str | None:
    """WAV, MP3, Ogg or FLAC; None for all else."""
    if data[:4] == b"RIFF" and data[8:12] == b"WAVE":
        return "audio/wav"
    return next((kind for mark, kind in _SOUNDS if data.startswith(mark)), None)
