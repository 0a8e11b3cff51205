# Reference numbers for ridge and elastic-net Cox models. Run in tests/reference:
#   Rscript cox_penalised.R > cox_penalised.csv
# survival's ridge() gives coefficients, both covariances and the effective degrees of freedom; glmnet
# gives paths with Breslow ties. Both are run far past their default stopping rules. In strata, rows
# that are at risk at no event of their stratum are left out for glmnet: glmnet 4.1-6 gives them expected
# events (coxgrad() of two such rows of bladder2 is not zero, as the martingale residual of coxph is).
suppressMessages({library(survival); library(glmnet)})
options(digits = 17)
cat("source,data,model,penalty,term,quantity,value\n")
row <- function(source, data, model, penalty, term, quantity, value)
  cat(paste(source, data, model, format(penalty, digits = 17), term, quantity,
            format(value, digits = 17), sep = ","), "\n", sep = "")
heart <- read.csv("survival_data/heart.csv")
bladder <- read.csv("survival_data/bladder2.csv")
tight <- coxph.control(eps = 1e-13, toler.chol = 1e-14, iter.max = 200, outer.max = 200)

ridges <- function(data, name, formula, model, theta) {
  fit <- coxph(formula, data = data, control = tight)
  terms <- sub("^ridge\\((.*)\\)$", "\\1", names(coef(fit)))
  for (j in seq_along(terms)) {
    row("survival", name, model, theta, terms[j], "coefficient", coef(fit)[[j]])
    row("survival", name, model, theta, terms[j], "std_error", sqrt(fit$var[j, j]))
    row("survival", name, model, theta, terms[j], "std_error_2", sqrt(fit$var2[j, j]))
  }
  row("survival", name, model, theta, "", "df", sum(fit$df))
}
for (theta in c(0.5, 10)) {
  ridges(heart, "heart", Surv(start, stop, event) ~
    ridge(age, year, surgery, transplant, theta = theta, scale = TRUE), "efron scaled", theta)
  ridges(heart, "heart", Surv(start, stop, event) ~
    ridge(age, year, surgery, transplant, theta = theta, scale = FALSE), "efron unscaled", theta)
  ridges(bladder, "bladder2", Surv(start, stop, event) ~
    ridge(rx, size, number, theta = theta, scale = TRUE) + strata(enum), "efron strata", theta)
}

paths <- function(x, y, name, model, alpha) {
  fit <- glmnet(x, y, family = "cox", alpha = alpha, nlambda = 12, lambda.min.ratio = 0.01,
                thresh = 1e-16, maxit = 1e7)
  for (i in seq_along(fit$lambda)[-1]) for (j in seq_len(ncol(x)))
    row("glmnet", name, paste(model, "mix", alpha), fit$lambda[i], colnames(x)[j], "coefficient",
        fit$beta[j, i])
}
glmnet.control(fdev = 0, devmax = 1, epsnr = 1e-14, mxitnr = 1000)
hx <- as.matrix(heart[c("age", "year", "surgery", "transplant")])
hy <- Surv(heart$start, heart$stop, heart$event)
bx <- as.matrix(bladder[c("rx", "size", "number")])
by <- Surv(bladder$start, bladder$stop, bladder$event)
for (alpha in c(1, 0.5, 0)) {
  paths(hx, hy, "heart", "breslow", alpha)
  paths(bx, by, "bladder2", "breslow", alpha)
}
seen <- sapply(seq_len(nrow(bladder)), function(i) any(bladder$event == 1 &
  bladder$enum == bladder$enum[i] & bladder$stop > bladder$start[i] & bladder$stop <= bladder$stop[i]))
for (alpha in c(1, 0.5, 0))
  paths(bx[seen, ], stratifySurv(by[seen], bladder$enum[seen]), "bladder2 at risk", "breslow strata", alpha)
