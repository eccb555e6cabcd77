"""Writing files so that a reader never meets half of one."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path


def write_text_atomically(path: str | Path, text: str) -> None:
    """Write UTF-8 text under a temporary name in the same folder, flush it to disk, then rename it.

    Line ends are written as they stand in `text`. A file that is replaced keeps its permissions; a symbolic
    link is followed, so that the file behind it is replaced.

    Raises
    ------
    OSError   if the folder does not exist or cannot be written to; the old file is then untouched

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> write_text_atomically(folder / "offer.yaml", "title: Fund\\n")
    >>> (folder / "offer.yaml").read_text(), [file.name for file in folder.iterdir()]
    ('title: Fund\\n', ['offer.yaml'])
    """
    write_bytes_atomically(path, text.encode())


def write_bytes_atomically(path: str | Path, data: bytes) -> None:
    """Write bytes as `write_text_atomically` writes text."""
    target = Path(path).resolve()
    draft = target.with_name(f".{target.name}.{secrets.token_hex(6)}.part")
    try:
        with draft.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            draft.chmod(target.stat().st_mode & 0o777)
        draft.replace(target)
    except BaseException as error:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno is not None:
            error.filename = str(path)
        raise
