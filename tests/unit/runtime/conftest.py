"""What the runtime's own tests share: it knows of libraries what a build writes beside its copy."""

from poetc.effects.libraries import tell
from poetc.runtime.known import KNOWN

tell(KNOWN)
