/// What `nsml` alone says: all verbs on one screen, by what one wants to do.
enum Overview {
    static func isAsked(by arguments: [String]) -> Bool {
        arguments.isEmpty || arguments == ["help"] || arguments == ["--help"] || arguments == ["-h"]
    }

    static let text = """
        NSML runs your machine learning experiments on the machines of your group.

          nsml up                                 start the platform on this machine
          nsml dataset push mnist ./mnist         post a dataset once
          nsml run -d mnist main.py -- --lr 0.1   run an experiment on it
          nsml logs -f alice/mnist/1              watch it

        START      run         run the code in this directory as a session
                   fork        one from another    reproduce do one again, compare
                   pause       pause sessions      resume    have them go on
                   stop, rm    stop, remove them   wait      until they end
        WATCH      ps          list sessions        logs      what a session printed
                   inspect     all about one        events    what happened to it
                   queue       who waits, and why   gpustat   GPUs and whose they are
                   memo, diff  note, compare two    command   what runs it again
                   ui          all in a browser     tensorboard of sessions
        LIVE       exec, stack ask a running one   set, do   change it, call actions
                   sh          a shell beside it   priority  who comes first
        MODELS     model       ls, rm, pull         infer     ask a model a question
                   submit      score and rank one   download  files that a session made
                   pull        a session's code    media     its images and sounds
        DATA       dataset     push, ls, search, fs, pull, versions, board, change, rm
        PLATFORM   up, down    start and stop it    status    how it is
                   check       is all data whole    audit     who did what
                   backup      copy it as it runs  restore   make it anew of a copy
        ACCOUNT    login       logout, whoami       context   ls, use, rm
                   user        add, quota, token    config    show
        IN A RUN   report      metrics of a script  save      files as a checkpoint
        MORE       doctor      look for faults      version   of client and server
                   completion  bash, zsh, fish      help      topics: nsml help topics

        'nsml COMMAND --help' shows examples and all options. Every command has --json.
        Sessions are called USER/DATASET/N, checkpoints USER/DATASET/N/CHECKPOINT.

        """
}
