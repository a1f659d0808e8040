<?php
// What the scenarios of both PHP clients have in common: arguments, output, questions to the test.

const LIMIT_SECONDS = 15;

[, $scenario, $prefix] = $argv;

function say(...$words): void
{
    echo implode(' ', array_map(fn ($word) => is_string($word) ? $word : json_encode($word), $words)), "\n";
}

function ask(string $what): void
{
    say('?', $what);
    fgets(STDIN);
}

function attempt(string $what, callable $action): void
{
    try {
        say("$what:", $action());
    } catch (Throwable $error) {
        say("$what:", get_class($error), $error->getCode(), trim(preg_replace('/\s+/', ' ', $error->getMessage())));
    }
}

function named(string $suffix): string
{
    global $prefix;
    return $prefix . $suffix;
}
