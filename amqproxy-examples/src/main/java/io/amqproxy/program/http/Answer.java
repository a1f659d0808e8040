package io.amqproxy.program.http;

/** What a request is answered with. */
record Answer(int status, String type, String body) {

    static Answer text(int status, String text) {
        return new Answer(status, "text/plain; charset=utf-8", text + '\n');
    }

    static Answer json(String text) {
        return new Answer(200, "application/json", text + '\n');
    }
}
