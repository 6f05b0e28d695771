# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
# copied by `poet build`
# What the other files read of libraries, from poetc's catalogue.

from .core import KNOWN

KNOWN.answers = ('aiohttp', 'curl_cffi', 'http', 'httpx', 'httpx2', 'niquests', 'requests', 'urllib', 'urllib3')
KNOWN.arrays = ({'array': 'numpy.ndarray', 'path': 'dtype.type'},)
KNOWN.attempts = ({'by': 'tenacity',
  'classes': ('AttemptManager', 'Attempt'),
  'paths': ('_t_attempt.retry_state', 'retry_state')},)
KNOWN.behind = ({'classes': ('niquests.sessions.Session', 'niquests.adapters.HTTPAdapter'), 'root': 'niquests'},
 {'classes': ('requests.sessions.Session', 'requests.adapters.HTTPAdapter'), 'root': 'requests'})
KNOWN.carriers = ('anyio', 'asgiref', 'gevent', 'joblib', 'trio')
KNOWN.causes = ('orig', 'reason')
KNOWN.consequences = ('asyncpg.exceptions.InFailedSQLTransactionError', 'psycopg.InterfaceError',
 'psycopg.errors.InFailedSqlTransaction', 'psycopg2.InterfaceError',
 'psycopg2.errors.InFailedSqlTransaction', 'sqlalchemy.exc.PendingRollbackError',
 'sqlalchemy.exc.ResourceClosedError')
KNOWN.databases = ('aiosqlite', 'asyncpg', 'motor', 'psycopg', 'psycopg2', 'pymongo', 'sqlalchemy', 'sqlite3',
 'sqlmodel')
KNOWN.drivers = ('psycopg', 'psycopg_binary')
KNOWN.frames = ('anyio', 'async_timeout', 'httpcore', 'httpcore2', 'httpx', 'httpx2', 'niquests', 'redis', 'requests',
 'urllib3')
KNOWN.lasting = ('niquests.exceptions.InvalidProxyURL', 'niquests.exceptions.ProxyError',
 'niquests.exceptions.SSLError', 'redis.exceptions.AuthenticationError',
 'redis.exceptions.AuthorizationError', 'requests.exceptions.InvalidProxyURL',
 'requests.exceptions.ProxyError', 'requests.exceptions.SSLError', 'ssl.SSLCertVerificationError')
KNOWN.layers = ('django', 'sqlalchemy')
KNOWN.limit_texts = ({'environment': 'PGCONNECT_TIMEOUT', 'parameter': 'connect_timeout'},)
KNOWN.limits = ('aiohttp', 'anthropic', 'botocore', 'grpc', 'httpcore', 'httpcore2', 'httpx', 'httpx2', 'litellm',
 'niquests', 'openai', 'psycopg', 'psycopg2', 'redis', 'requests', 'sqlalchemy', 'sqlite3', 'urllib3')
KNOWN.numbers = ({'builtin': 'int', 'classes': ('numpy.integer',)},
 {'builtin': 'float', 'classes': ('numpy.floating',)},
 {'builtin': 'complex', 'classes': ('numpy.complexfloating',)},
 {'builtin': 'bool', 'classes': ('numpy.bool', 'numpy.bool_')})
KNOWN.parts = ('_mounts.*', '_transport', 'adapters.*')
KNOWN.repeaters = ('backoff', 'celery.app.autoretry', 'dramatiq.worker', 'opnieuw', 'redo', 'retry', 'retrying',
 'riprova', 'stamina', 'tenacity')
KNOWN.repeating_frames = ({'function': '_execute', 'module': 'huey.api', 'path': 'task.retries'},)
KNOWN.repeats = ('_client._config.retry_policy.total_retries', '_client.max_retries',
 '_config.retry_policy.total_retries', '_http.connection_pool_kw.retries',
 '_requester._Requester__retry', '_session.max_retries', '_transport.max_retries', 'client.max_retries',
 'connection_pool.connection_kwargs.retry._retries', 'max_retries', 'requester._Requester__retry',
 'retry', 'retry_handlers.0.max_retry_count', 'transport.max_retries')
KNOWN.repeats_after = ({'errors': ('httpx.ConnectError', 'httpx.ConnectTimeout'), 'path': '_pool._retries'},
 {'errors': ('httpx2.ConnectError', 'httpx2.ConnectTimeout'), 'path': '_pool._retries'})
KNOWN.repeats_call = ({'argument': 'retry',
  'errors': ('google.api_core.exceptions.GoogleAPICallError',
             'google.api_core.exceptions.RetryError', 'requests.exceptions.RequestException'),
  'paths': (),
  'root': 'google',
  'statuses': '_predicate'},
 {'argument': 'max_network_retries',
  'errors': ('stripe._error.StripeError',),
  'paths': (),
  'root': 'stripe',
  'statuses': '_statuses'},
 {'argument': 'retries',
  'errors': ('urllib3.exceptions.MaxRetryError',),
  'paths': ('connection_pool_kw.retries', 'retries'),
  'root': 'urllib3',
  'statuses': 'status_forcelist'})
KNOWN.repeats_unless = ({'has': 'meta.service_model', 'path': 'meta.config.retries.total_max_attempts', 'value': 1},
 {'has': '_method.__self__.meta.service_model',
  'path': '_method.__self__.meta.config.retries.total_max_attempts',
  'value': 1},
 {'has': '_operation_method._client_method.__self__.meta.service_model',
  'path': '_operation_method._client_method.__self__.meta.config.retries.total_max_attempts',
  'value': 1},
 {'has': 'meta.client.meta.service_model',
  'path': 'meta.client.meta.config.retries.total_max_attempts',
  'value': 1},
 {'has': '_parent.meta.client.meta.service_model',
  'path': '_parent.meta.client.meta.config.retries.total_max_attempts',
  'value': 1},
 {'has': 'retry_transient_errors', 'path': 'retry_transient_errors', 'value': False},
 {'has': 'gitlab.retry_transient_errors',
  'path': 'gitlab.retry_transient_errors',
  'value': False},
 {'has': 'manager.gitlab.retry_transient_errors',
  'path': 'manager.gitlab.retry_transient_errors',
  'value': False},
 {'has': 'api_client.rest_client', 'path': 'api_client.configuration.retries', 'value': False})
KNOWN.sends = ('_request', 'delete', 'execute_command', 'get', 'handle_async_request', 'handle_request', 'head',
 'options', 'patch', 'post', 'put', 'request', 'send', 'urlopen')
KNOWN.sent_flags = ('_is_processed', '_is_stream_consumed', 'is_stream_consumed')
KNOWN.settings = ('_client.timeout', 'connection_pool_kw.timeout')
KNOWN.starting = ('redis.exceptions.BusyLoadingError',)
KNOWN.starting_words = ('the database system is ',)
KNOWN.states = ('pgcode', 'sqlstate')
KNOWN.statuses = ('http_status', 'response.ResponseMetadata.HTTPStatusCode')
KNOWN.subclassed = ('aiohttp', 'httpcore', 'httpcore2', 'httpx', 'httpx2', 'niquests', 'redis', 'requests', 'urllib3')
KNOWN.tasks = ({'by': 'retry', 'module': 'celery._state', 'path': 'get_current_task()'},)
KNOWN.transient = ('aiohttp.ClientConnectionError', 'aiohttp.ClientPayloadError',
 'aiohttp.client_exceptions.ClientConnectionError', 'aiohttp.client_exceptions.ClientPayloadError',
 'anthropic.APIConnectionError', 'anthropic.InternalServerError', 'anthropic.RateLimitError',
 'asyncpg.exceptions.CannotConnectNowError', 'asyncpg.exceptions.PostgresConnectionError',
 'asyncpg.exceptions.TooManyConnectionsError', 'azure.core.exceptions.ServiceRequestError',
 'azure.core.exceptions.ServiceResponseError', 'botocore.exceptions.ConnectionError',
 'botocore.exceptions.HTTPClientError', 'botocore.exceptions.IncompleteReadError',
 'cassandra.OperationTimedOut', 'cassandra.ReadTimeout', 'cassandra.Unavailable',
 'cassandra.cluster.NoHostAvailable', 'elastic_transport.ConnectionError',
 'elastic_transport.ConnectionTimeout', 'google.api_core.exceptions.RetryError',
 'google.api_core.exceptions.ServerError', 'google.api_core.exceptions.TooManyRequests',
 'google.genai.errors.ServerError', 'http.client.IncompleteRead', 'httpcore.NetworkError',
 'httpcore.RemoteProtocolError', 'httpcore.TimeoutException', 'httpcore2.NetworkError',
 'httpcore2.RemoteProtocolError', 'httpcore2.TimeoutException', 'httpx.NetworkError',
 'httpx.RemoteProtocolError', 'httpx.TimeoutException', 'httpx2.NetworkError',
 'httpx2.RemoteProtocolError', 'httpx2.TimeoutException', 'litellm.exceptions.APIConnectionError',
 'litellm.exceptions.RateLimitError', 'litellm.exceptions.ServiceUnavailableError',
 'nats.errors.NoServersError', 'nats.errors.TimeoutError', 'neo4j.exceptions.ServiceUnavailable',
 'neo4j.exceptions.SessionExpired', 'niquests.exceptions.ChunkedEncodingError',
 'niquests.exceptions.ConnectionError', 'niquests.exceptions.Timeout', 'openai.APIConnectionError',
 'openai.InternalServerError', 'openai.RateLimitError', 'opensearchpy.ConnectionError',
 'opensearchpy.ConnectionTimeout', 'oracledb.OperationalError',
 'paramiko.ssh_exception.NoValidConnectionsError', 'pg8000.exceptions.InterfaceError',
 'pika.exceptions.AMQPConnectionError', 'psycopg.OperationalError', 'psycopg2.OperationalError',
 'pymemcache.exceptions.MemcacheUnexpectedCloseError', 'pymongo.errors.AutoReconnect',
 'redis.exceptions.BusyLoadingError', 'redis.exceptions.ConnectionError',
 'redis.exceptions.TimeoutError', 'requests.exceptions.ChunkedEncodingError',
 'requests.exceptions.ConnectionError', 'requests.exceptions.Timeout', 'smtplib.SMTPConnectError',
 'smtplib.SMTPServerDisconnected', 'sqlalchemy.exc.InterfaceError', 'sqlalchemy.exc.TimeoutError',
 'stripe.APIConnectionError', 'stripe.RateLimitError', 'stripe._error.APIConnectionError',
 'stripe._error.RateLimitError', 'urllib3.exceptions.ProtocolError',
 'urllib3.exceptions.TimeoutError')
KNOWN.unsent = ({'empty': 'history',
  'errors': ('httpx.ConnectError', 'httpx.ConnectTimeout', 'httpx.PoolTimeout'),
  'through': '_send_handling_redirects'},
 {'empty': 'history',
  'errors': ('httpx2.ConnectError', 'httpx2.ConnectTimeout', 'httpx2.PoolTimeout'),
  'through': '_send_handling_redirects'},
 {'errors': ('redis.exceptions.ConnectionError', 'redis.exceptions.TimeoutError'),
  'through': 'get_connection'},
 {'errors': ('requests.exceptions.ConnectTimeout', 'requests.exceptions.ConnectionError'),
  'never': ('resolve_redirects', 'dispatch_hook'),
  'reason': 'args.0.reason',
  'reasons': ('NewConnectionError', 'NameResolutionError', 'ConnectTimeoutError'),
  'through': 'send'})
KNOWN.verdicts = ({'errors': ('pymysql.err.OperationalError', 'MySQLdb.OperationalError',
             'mysql.connector.errors.OperationalError'),
  'passing': (1040, 1053, 1203, 1205, 1213, 2002, 2003, 2006, 2013, 2055),
  'tells': 'args.0'},
 {'errors': ('pyodbc.OperationalError',), 'passing': ('08', '40001', 'HYT0'), 'tells': 'args.0'},
 {'errors': ('grpc.RpcError',),
  'passing': ('UNAVAILABLE', 'DEADLINE_EXCEEDED', 'RESOURCE_EXHAUSTED', 'ABORTED'),
  'tells': 'code().name'},
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
