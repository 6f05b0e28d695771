# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
# copied by `poet build`
# What the other files read of libraries, from poetc's catalogue.

from .known import KNOWN

KNOWN.answers = ('aiohttp', 'curl_cffi', 'http', 'httpx', 'niquests', 'requests', 'urllib', 'urllib3')
KNOWN.arrays = ({'array': 'numpy.ndarray', 'path': 'dtype.type'},)
KNOWN.attempts = ({'by': 'tenacity',
  'classes': ('AttemptManager', 'Attempt'),
  'paths': ('_t_attempt.retry_state', 'retry_state')},)
KNOWN.behind = ({'classes': ('requests.sessions.Session', 'requests.adapters.HTTPAdapter'),
  'root': 'requests'},)
KNOWN.carriers = ('anyio', 'asgiref', 'gevent', 'joblib', 'trio')
KNOWN.causes = ('orig', 'reason')
KNOWN.consequences = ('psycopg.InterfaceError', 'psycopg.errors.InFailedSqlTransaction', 'psycopg2.InterfaceError',
 'psycopg2.errors.InFailedSqlTransaction', 'sqlalchemy.exc.PendingRollbackError',
 'sqlalchemy.exc.ResourceClosedError')
KNOWN.databases = ('aiosqlite', 'asyncpg', 'psycopg', 'psycopg2', 'sqlalchemy', 'sqlite3', 'sqlmodel')
KNOWN.drivers = ('psycopg', 'psycopg_binary')
KNOWN.frames = ('anyio', 'async_timeout', 'httpcore', 'httpx', 'redis', 'requests', 'urllib3')
KNOWN.lasting = ('redis.exceptions.AuthenticationError', 'redis.exceptions.AuthorizationError',
 'requests.exceptions.InvalidProxyURL', 'requests.exceptions.ProxyError',
 'requests.exceptions.SSLError', 'ssl.SSLCertVerificationError')
KNOWN.layers = ('django', 'sqlalchemy')
KNOWN.limit_texts = ({'environment': 'PGCONNECT_TIMEOUT', 'parameter': 'connect_timeout'},)
KNOWN.limits = ('aiohttp', 'anthropic', 'botocore', 'grpc', 'httpcore', 'httpx', 'openai', 'psycopg',
 'psycopg2', 'redis', 'requests', 'sqlalchemy', 'sqlite3', 'urllib3')
KNOWN.numbers = ({'builtin': 'int', 'classes': ('numpy.integer',)},
 {'builtin': 'float', 'classes': ('numpy.floating',)},
 {'builtin': 'complex', 'classes': ('numpy.complexfloating',)},
 {'builtin': 'bool', 'classes': ('numpy.bool', 'numpy.bool_')})
KNOWN.parts = ('_mounts.*', '_transport', 'adapters.*')
KNOWN.repeaters = ('backoff', 'celery.app.autoretry', 'dramatiq.worker', 'opnieuw', 'redo', 'retry', 'retrying',
 'riprova', 'stamina', 'tenacity')
KNOWN.repeating_frames = ({'function': '_execute', 'module': 'huey.api', 'path': 'task.retries'},)
KNOWN.repeats = ('_client.max_retries', 'client.max_retries',
 'connection_pool.connection_kwargs.retry._retries', 'max_retries', 'retry')
KNOWN.repeats_after = ({'errors': ('httpx.ConnectError', 'httpx.ConnectTimeout'), 'path': '_pool._retries'},)
KNOWN.repeats_call = ({'argument': 'retries',
  'errors': ('urllib3.exceptions.MaxRetryError',),
  'paths': ('connection_pool_kw.retries', 'retries'),
  'root': 'urllib3',
  'statuses': 'status_forcelist'},)
KNOWN.repeats_unless = ({'has': 'meta.service_model', 'path': 'meta.config.retries.total_max_attempts', 'value': 1},)
KNOWN.sends = ('_request', 'delete', 'execute_command', 'get', 'handle_async_request', 'handle_request',
 'head', 'options', 'patch', 'post', 'put', 'request', 'send', 'urlopen')
KNOWN.sent_flags = ('_is_processed', '_is_stream_consumed', 'is_stream_consumed')
KNOWN.settings = ('_client.timeout', 'connection_pool_kw.timeout')
KNOWN.sockets = ('anthropic', 'botocore', 'httpcore', 'httpx', 'openai', 'pg8000', 'pymysql', 'redis',
 'requests', 'urllib', 'urllib3')
KNOWN.starting = ('redis.exceptions.BusyLoadingError',)
KNOWN.starting_words = ('the database system is ',)
KNOWN.states = ('pgcode', 'sqlstate')
KNOWN.statuses = ('response.ResponseMetadata.HTTPStatusCode',)
KNOWN.subclassed = ('aiohttp', 'httpcore', 'httpx', 'redis', 'requests', 'urllib3')
KNOWN.tasks = ({'by': 'retry', 'module': 'celery._state', 'path': 'get_current_task()'},)
KNOWN.transient = ('aiohttp.ClientConnectionError', 'aiohttp.ClientPayloadError',
 'aiohttp.client_exceptions.ClientConnectionError',
 'aiohttp.client_exceptions.ClientPayloadError', 'anthropic.APIConnectionError',
 'anthropic.InternalServerError', 'anthropic.RateLimitError',
 'botocore.exceptions.ConnectionError', 'botocore.exceptions.HTTPClientError',
 'http.client.IncompleteRead', 'httpcore.NetworkError', 'httpcore.RemoteProtocolError',
 'httpcore.TimeoutException', 'httpx.NetworkError', 'httpx.RemoteProtocolError',
 'httpx.TimeoutException', 'openai.APIConnectionError', 'openai.InternalServerError',
 'openai.RateLimitError', 'psycopg.OperationalError', 'psycopg2.OperationalError',
 'redis.exceptions.BusyLoadingError', 'redis.exceptions.ConnectionError',
 'redis.exceptions.TimeoutError', 'requests.exceptions.ChunkedEncodingError',
 'requests.exceptions.ConnectionError', 'requests.exceptions.Timeout',
 'smtplib.SMTPConnectError', 'smtplib.SMTPServerDisconnected', 'sqlalchemy.exc.TimeoutError',
 'urllib3.exceptions.ProtocolError', 'urllib3.exceptions.TimeoutError')
KNOWN.unsent = ({'empty': 'history',
  'errors': ('httpx.ConnectError', 'httpx.ConnectTimeout', 'httpx.PoolTimeout'),
  'through': '_send_handling_redirects'},
 {'errors': ('redis.exceptions.ConnectionError', 'redis.exceptions.TimeoutError'),
  'through': 'get_connection'},
 {'errors': ('requests.exceptions.ConnectTimeout', 'requests.exceptions.ConnectionError'),
  'never': ('resolve_redirects', 'dispatch_hook'),
  'reason': 'args.0.reason',
  'reasons': ('NewConnectionError', 'NameResolutionError', 'ConnectTimeoutError'),
  'through': 'send'})
KNOWN.verdicts = ({'errors': ('grpc.RpcError',),
  'passing': ('UNAVAILABLE', 'DEADLINE_EXCEEDED', 'RESOURCE_EXHAUSTED', 'ABORTED'),
  'tells': 'code().name'},
 {'errors': ('pymysql.err.OperationalError', 'MySQLdb.OperationalError',
             'mysql.connector.errors.OperationalError'),
  'passing': (1040, 1053, 1203, 1205, 1213, 2002, 2003, 2006, 2013, 2055),
  'tells': 'args.0'},
 {'among': 'FATAL',
  'errors': ('psycopg.OperationalError',),
  'passing': ('the database system is', 'too many clients already', 'too many connections for',
              'remaining connection slots are reserved', 'terminating connection due to'),
  'tells': 'words'},
 {'among': 'FATAL',
  'errors': ('psycopg2.OperationalError',),
  'passing': ('the database system is', 'too many clients already', 'too many connections for',
              'remaining connection slots are reserved', 'terminating connection due to'),
  'tells': 'words'},
 {'errors': ('sqlite3.OperationalError',),
  'passing': ('SQLITE_BUSY', 'SQLITE_LOCKED'),
  'tells': 'sqlite_errorname'},
 {'errors': ('sqlite3.OperationalError',), 'passing': (' is locked',), 'tells': 'words'})
