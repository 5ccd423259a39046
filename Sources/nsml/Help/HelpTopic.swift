import API

/// What `nsml help WORD...` says: of a command its help, of a topic a page of its own.
enum HelpTopic: String, CaseIterable {
    case names, filters, sizes, output, status, environment, code, naver

    /// The arguments that `nsml help ...` stands for when it names a command; nil when it is no request for help.
    /// Throws `not_found` when there is neither a command nor a topic of that name.
    static func request(in arguments: [String]) throws -> Request? {
        guard arguments.first == "help", arguments.count > 1, arguments[1].hasPrefix("-") == false else { return nil }
        let words = Array(arguments.dropFirst())
        if words.count == 1, words[0] == "topics" { return .text(list) }
        if words.count == 1, let topic = HelpTopic(rawValue: words[0].lowercased()) { return .text(topic.text) }
        do {
            return .command(try CommandPath.arrange(words, root: NSML.self) + ["--help"])
        } catch let failure as Failure {
            let near = Nearest.match(for: words[0], among: allCases.map(\.rawValue)).map { "did you mean 'nsml help \($0)'?" }
            throw Failure(
                .notFound, "there is no command and no topic '\(words.joined(separator: " "))'",
                hint: failure.hint?.hasPrefix("did you mean") == true ? failure.hint : near ?? "'nsml help topics' lists the topics")
        }
    }

    enum Request: Equatable {
        case text(String)
        case command([String])
    }

    private var sentence: String {
        switch self {
        case .names: "how sessions, checkpoints and datasets are called"
        case .filters: "what 'ps --where' and the page's table take"
        case .sizes: "how bytes and times are written"
        case .output: "tables, JSON, CSV, colours"
        case .status: "what the exit statuses mean"
        case .environment: "variables that commands look at"
        case .code: "what a script does to report, save and answer"
        case .naver: "for those who know NSML from NAVER"
        }
    }

    static var list: String {
        let lines = allCases.map { topic in
            "  nsml help \(topic.rawValue)\(String(repeating: " ", count: 14 - topic.rawValue.count))\(topic.sentence)\n"
        }
        return "Topics:\n\n\(lines.joined())\n'nsml help COMMAND' is 'nsml COMMAND --help'.\n"
    }

    private var text: String {
        switch self {
        case .names: Self.namesText
        case .filters: Self.filtersText
        case .sizes: Self.sizesText
        case .output: Self.outputText
        case .status: "\(ExitStatus.table)\n"
        case .environment: Self.environmentText
        case .code: Self.codeText
        case .naver: Self.naverText
        }
    }

    private static let namesText = """
        alice/mnist/3          a session: who, on which dataset, which one; alice/None/3 without a dataset
        alice/mnist/3/best     a checkpoint of it, also as two words: alice/mnist/3 best
        mnist, mnist@2         a dataset in its newest version, and in its second

        * and ? are wildcards in 'stop', 'rm', 'wait', 'ps -s', 'model rm' and 'dataset search'. Quote them, or the
        shell replaces them:  nsml rm 'alice/mnist/*'
        Names of users and datasets have letters, digits, '.', '_' and '-', 64 at most; those of checkpoints any text.

        """

    private static let sizesText = """
        24G, 512M, 1.5T        bytes by thousands: 24G is 24 000 000 000
        24Gi, 512Mi            by 1024: 24Gi is 24 x 2^30
        90, 90s, 10m, 2h, 1d   seconds, minutes, hours, days
        2026-01-31T12:00:00Z   a point in time, for 'logs --since'

        """

    private static let outputText = """
        Results go to standard output; progress, remarks and failures to standard error.

        --json, -j             the API's records, one object a line in 'logs -f' and 'ps -w'
        --csv                  a table as comma-separated values: bytes as numbers, times as RFC 3339
        --columns a,b          these columns of a table; 'all' for every one there is
        -q                     names only

        On a terminal tables are cut to its width and states have colours; in a pipe nothing is cut, coloured or redrawn.
        Colours: --color auto|always|never, NO_COLOR, CLICOLOR_FORCE; the first that says something counts.

        """

    private static let environmentText = """
        NSML_CONTEXT           which of the servers in 'nsml context ls'
        NSML_URL               a server's address, for programs; with
        NSML_TOKEN             a token, or
        NSML_TOKEN_FILE        a file with one
        NSML_FINGERPRINT       the only certificate that its server may show
        NSML_CA_FILE           or a file of those who may have signed it
        NSML_COMPLETION_SECONDS  how long the shell's completion may wait for names (0.3)
        NO_COLOR, CLICOLOR, CLICOLOR_FORCE, COLUMNS, TERM
                               how output looks
        XDG_CONFIG_HOME        where your tokens are kept, in nsml/config.json (~/.config)
        XDG_DATA_HOME          where 'nsml up' keeps everything, in nsml/ (~/.local/share)

        An option outranks a variable, and a variable what is kept. 'nsml config show --origin' says what holds and why.

        """

    private static let codeText = """
        import nsml

        def save(directory): ...                    # write files into it
        def load(directory): ...                    # read them again
        def infer(questions, **kwargs): ...         # a list of bytes; return anything that JSON can hold

        nsml.bind(save=save, load=load, infer=infer)   # or: nsml.bind(model=model, optimizer=optimizer)
        nsml.paused()                                  # before data is read
        for epoch in range(epochs):
            nsml.report(step=epoch, train__loss=loss, summary=True)
            nsml.save(epoch)

        from nsml import DATASET_PATH, DATASET_NAME, GPU_NUM, HAS_DATASET, IS_ON_NSML, SESSION_NAME
        Nothing of this is needed: any script runs. A shell script has 'nsml report' and 'nsml save'.

        """

    private static let naverText = """
        Your scripts and most of your command lines work as they are: -e, -a, -d, -g, -m, --memory, --shm-size; ps -a -n -d -s -j;
        logs -f; model ls|rm|pull; dataset push -v -f -l -e; rm -f; memo; command; pull; download -s; infer.

        log in                 with a token: nsml login URL. There are no passwords; a team has an account of its own.
        credit                 does not exist: sessions wait their turn ('nsml queue') and nothing is charged
        busy                   a session waits instead of being rejected, and says what for
        images                 '#nsml: IMAGE' is not pulled: packages come from setup.py and requirements.txt
        network                sessions have none unless they ask: nsml run --network
        datasets               have versions: mnist@2; pushing again with -f makes the next one

        docs/coming-from-naver.md has the whole list.

        """
}

extension ExitStatus {
    /// The statuses with which commands end, for people.
    static let table = """
        0    done
        1    the operation failed
        2    the command line is wrong, or the server refused a value in it
        3    not logged in, or not allowed
        4    there is no such thing
        5    it exists already, or is in a state that does not allow it
        6    the server cannot be reached
        7    too large, too many, no room
        8    a wait took too long
        74   of 'nsml server': its disk reported an error
        130  interrupted by Ctrl-C

        'nsml wait', 'nsml run --wait' and 'nsml run --follow' end with the exit status of the session's process,
        128 and the signal's number when a signal ended it.
        """
}
