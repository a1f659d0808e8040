<?php
// What the scripts of both PHP clients have in common: which scenario is played, and how a refusal is told.

const ROUNDTRIP_MESSAGES = 100;
const PREFETCH = 10;
const TIMEOUT_SECONDS = 120;

/** Plays what the arguments say; publishEach and roundtrip are the script's own, and so is a visit that does nothing. */
function play(callable $visit): void
{
    global $argv;
    [, $scenario, $queue, $count, $prefix] = $argv;
    match ($scenario) {
        'publish-each' => publishEach($queue, (int) $count, $prefix),
        'roundtrip' => roundtrip($queue, $prefix),
        'expect-error' => expectError($visit),
    };
}

function expectError(callable $visit): void
{
    try {
        $visit();
        echo "OK\n";
    } catch (Throwable $error) {
        $text = trim(preg_replace('/\s+/', ' ', $error->getMessage()));
        echo 'ERROR ', get_class($error), ' ', $error->getCode() ?: '-', ' ', $text, "\n";
    }
}
