//! Names that no file of weights has a reason to name: what runs commands, reads and writes files,
//! reaches the network, or makes code. Nothing is ever run here; such a file is refused all the same,
//! because it would do harm to others.

/// Modules of which no name is let through.
const MODULES: [&str; 62] = [
    "_frozen_importlib",
    "_imp",
    "_io",
    "_pickle",
    "_posixsubprocess",
    "_socket",
    "_thread",
    "_winapi",
    "aiohttp",
    "asyncio",
    "atexit",
    "bdb",
    "cProfile",
    "cffi",
    "cloudpickle",
    "code",
    "codecs",
    "codeop",
    "commands",
    "concurrent",
    "ctypes",
    "dill",
    "distutils",
    "doctest",
    "fileinput",
    "ftplib",
    "gc",
    "glob",
    "http",
    "httplib",
    "importlib",
    "inspect",
    "io",
    "joblib",
    "linecache",
    "marshal",
    "mmap",
    "multiprocessing",
    "nt",
    "operator",
    "_operator",
    "os",
    "pdb",
    "pickle",
    "pip",
    "pkgutil",
    "posix",
    "profile",
    "pty",
    "pydoc",
    "requests",
    "runpy",
    "setuptools",
    "shutil",
    "site",
    "smtplib",
    "socket",
    "subprocess",
    "sys",
    "tempfile",
    "urllib",
    "webbrowser",
];

/// Of Python's own names those that are mere data.
const PLAIN_BUILTINS: [&str; 15] = [
    "bool",
    "bytearray",
    "bytes",
    "complex",
    "dict",
    "float",
    "int",
    "list",
    "object",
    "range",
    "slice",
    "str",
    // Python 2's names of str, int and range, with which protocol 2 writes them
    "unicode",
    "long",
    "xrange",
];

/// Functions, of modules that are otherwise let through, with which code is made or files are read.
const FUNCTIONS: [(&str, &str); 9] = [
    ("threading", ""),
    ("timeit", ""),
    ("types", "CodeType"),
    ("types", "FunctionType"),
    ("types", "MethodType"),
    ("functools", "reduce"),
    ("torch", "load"),
    ("torch.hub", ""),
    ("torch.jit", ""),
];

/// Whether a name is one of these.
pub fn is_forbidden(module: &str, name: &str) -> bool {
    let root = module.split('.').next().unwrap_or_default();
    if matches!(root, "builtins" | "__builtin__") {
        return !PLAIN_BUILTINS.contains(&name);
    }
    MODULES.contains(&root)
        || FUNCTIONS
            .iter()
            .any(|&(of, function)| of == module && (function.is_empty() || function == name))
}

/// Whether calling this name, which is not on the closed list, would only make an object. The names of
/// functions begin with a small letter; those of a few modules make plain data.
pub fn makes_an_object(name: &str) -> bool {
    const DATA: [&str; 13] = [
        "__builtin__",
        "__main__",
        "array",
        "builtins",
        "dateutil",
        "datetime",
        "decimal",
        "fractions",
        "numpy",
        "pandas",
        "pytz",
        "uuid",
        "zoneinfo",
    ];
    if matches!(name, "logging.getLogger" | "re._compile") {
        return true;
    }
    let root = name.split('.').next().unwrap_or_default();
    let last = name.rsplit('.').next().unwrap_or_default();
    let first = last.trim_start_matches('_').chars().next();
    DATA.contains(&root) || first.is_some_and(char::is_uppercase)
}
