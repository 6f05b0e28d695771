"""What is known of libraries: data of poetc's catalogue, which `poet build` writes beside these files.

No library is named in the runtime itself. A fact that nobody has set says nothing.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Names = tuple[str, ...]
    Rules = tuple[dict[str, Any], ...]


class Known:
    """The facts, all libraries' together. Names of classes are dotted, paths are those of `reached`."""

    transient: Names = ()
    """errors that pass by themselves"""
    lasting: Names = ()
    """errors below these that don't"""
    verdicts: Rules = ()
    """`errors` that say what they are about by what the path `tells` leads to, or by their text ("words"): they pass if
    that is one of the numbers in `passing`, begins with one of its texts, or, of words, holds one of them; words count
    only if they hold `among`. The first rule that finds something decides"""
    states: Names = ()
    """paths to an error's SQLSTATE"""
    causes: Names = ()
    """paths to the error that an error was made of, by which it is judged"""
    statuses: Names = ()
    """further paths to the HTTP status that an error carries"""
    starting: Names = ()
    """errors of a server that is about to start"""
    starting_words: Names = ()
    """texts in such errors"""
    consequences: Names = ()
    """errors that come of an earlier one: a connection or transaction that can't go on"""
    databases: Names = ()
    """packages whose connections and sessions keep the failure that ended their transaction"""
    answers: Names = ()
    """packages whose objects with a status are answers of a server"""
    sent_flags: Names = ()
    """attributes by which bodies of requests say that they were sent"""
    parts: Names = ()
    """attributes of a client with what it sends by; "adapters.*": the values of a dict"""
    repeats: Names = ()
    """paths from a client, or one of its parts, to how often it repeats by itself"""
    repeats_after: Rules = ()
    """the same, for `errors` alone: `path`"""
    repeats_unless: Rules = ()
    """clients that have something at `has` repeat, unless there is `value` at `path`"""
    repeats_call: Rules = ()
    """functions of the package `root` repeat: set by their `argument`, else at `paths` of their owner; for `errors`
    unless told not to, for a response only if the setting has `statuses`"""
    subclassed: Names = ()
    """packages whose clients and transports are subclassed for attempts or limits of one's own"""
    sends: Names = ()
    """methods that such a class has in front of the client's"""
    unsent: Rules = ()
    """`errors` after which nothing was sent: if the error at the path `reason` is one of `reasons`, by its bare name;
    if a frame of the function `through`, in the same package, was passed; if the variable `empty` of its frames is an
    empty list; if none of the frames in `never` was passed"""
    frames: Names = ()
    """packages whose code stands between a call and where such an error is raised"""
    limits: Names = ()
    """packages whose code passes a time limit on as it gets it"""
    behind: Rules = ()
    """functions of the package `root` call by objects of these `classes`"""
    settings: Names = ()
    """paths from a client to the time limit that it has anyway"""
    limit_texts: Rules = ()
    """a `parameter` that an `environment` variable, or a text among the arguments, can set as well"""
    sockets: Names = ()
    """packages that wait for an answer in Python, at a socket, with a time limit that holds for each read at most"""
    layers: Names = ()
    """packages that call a database driver's cursor in their own frame"""
    drivers: Names = ()
    """packages in whose frames a driver waits"""
    thread_bound: Names = ()
    """classes whose objects only the thread may use that made them"""
    repeaters: Names = ()
    """packages, or modules of packages, that repeat what stands on the stack above them"""
    repeating_frames: Rules = ()
    """a `module`'s `function` repeats if the number at `path`, from its variables on, is above 0"""
    attempts: Rules = ()
    """objects of `classes`, by their bare names, among the variables of code that uses a repeater: an attempt is under
    way, made by the package `by`, if one of `paths` leads to something that has no `outcome`"""
    tasks: Rules = ()
    """at `path`, in the module `module`, is the task that runs: it repeats if its code calls its method `by`"""
    carriers: Names = ()
    """packages that raise in one thread or task what was raised in another"""
    numbers: Rules = ()
    """`classes` whose objects stand for numbers of the builtin class `builtin`"""
    arrays: Rules = ()
    """`array`s, typed by shape and kind of their items: the items' class is at `path`"""


KNOWN = Known()
