# Time one survival estimate in R: CPU seconds inside R, after the data are read.
# Usage: Rscript survival.R FOLDER ROWS cox|km
# FOLDER/columns.bin holds ROWS doubles each of start, stop, event, city and six covariates.
suppressMessages(library(survival))
words <- commandArgs(trailingOnly = TRUE)
rows <- as.integer(words[2])
values <- matrix(readBin(file.path(words[1], "columns.bin"), "double", 10L * rows), nrow = rows)
table <- as.data.frame(values)
names(table) <- c("start", "stop", "event", "city", paste0("x", 1:6))
invisible(gc())
before <- proc.time()
if (words[3] == "cox") {
  fit <- coxph(Surv(start, stop, event) ~ x1 + x2 + x3 + x4 + x5 + x6, data = table,
               ties = "efron", cluster = city)
  numbers <- c(coef(fit), sqrt(diag(vcov(fit))))
} else {
  fit <- survfit(Surv(start, stop, event) ~ 1, data = table)
  numbers <- c(fit$surv[length(fit$surv)], fit$std.err[length(fit$std.err)])
}
spent <- proc.time() - before
cat(sum(spent[c("user.self", "sys.self")]), format(numbers, digits = 17),
    as.character(packageVersion("survival")), R.version$major, R.version$minor, "\n")
