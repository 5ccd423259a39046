extension HelpTopic {
    static let filtersText = """
        A filter is terms with blanks between; a session must fit all of them. The table of
        the page takes the same, and has it in its address.

          state:running,paused        in one of these states
          user:ann  dataset:mnist     of these; several with commas
          name:ann/*/1?               * and ? are wildcards
          memo:baseline               the memo has it; label:x is the label
          arg.lr:0.1  arg.lr>=0.01    by an argument, as --lr was given
          metric.test/accuracy>0.98   the last value of a metric
          min.loss<0.1  max.top1>0.9  the smallest, the largest value
          age<2d  duration>1h         30s, 10m, 2h, 3d, 1w
          gpus>0  cpus:4  priority>0  step>=1000  exit:1
          warmup  "two words"         in name, memo, label or arguments

        Numbers compare by <, <=, >, >=, : (or =) and !=. A minus before a term turns it
        round: -state:failed. Quotes keep blanks together.

          nsml ps -a --where 'arg.lr:0.1 metric.test/accuracy>0.98'
          nsml ps --everyone --where 'state:running gpus>1 age>1d'

        """
}
