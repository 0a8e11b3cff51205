# Firth's penalty in R. Run in tests/reference:  Rscript firth.R
# Writes survival_data/pairs.csv and firth.csv. In strata of two cities with one event each, Cox's partial
# likelihood is that of a logistic model without intercept for the differences of the covariates, whose
# bias-reduced fit brglm (0.7-2) gives. In the second model the event always has the larger z: the likelihood
# is monotone and only the penalised estimate exists.
suppressMessages(library(brglm))
options(digits = 17)
set.seed(7)
n <- 24
x <- round(rnorm(2 * n), 2)
z <- rbinom(2 * n, 1, 0.3)
event <- rep(c(1, 0), n)
pairs <- data.frame(pair = rep(seq_len(n), each = 2), event, x, z, w = NA)
for (i in seq_len(n)) pairs$w[pairs$pair == i] <- sort(z[pairs$pair == i], decreasing = TRUE)
write.csv(pairs, "survival_data/pairs.csv", row.names = FALSE)
gap <- pairs[event == 1, c("x", "z", "w")] - pairs[event == 0, c("x", "z", "w")]
tight <- brglm.control(br.epsilon = 1e-13, br.maxit = 10000)
rows <- list()
for (terms in list(c("x", "z"), c("x", "w"))) {
  fit <- brglm(rep(1, n) ~ . - 1, data = gap[terms], family = binomial, control.brglm = tight)
  rows[[length(rows) + 1]] <- data.frame(model = paste(terms, collapse = " "), term = terms,
    coefficient = format(coef(fit), digits = 17), std_error = format(sqrt(diag(vcov(fit))), digits = 17))
}
write.csv(do.call(rbind, rows), "firth.csv", row.names = FALSE, quote = FALSE)
