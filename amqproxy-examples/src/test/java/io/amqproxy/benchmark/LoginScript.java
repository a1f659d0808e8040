package io.amqproxy.benchmark;

/** Who logs in, and where. */
record LoginScript(String user, String password, String vhost) {
    static final LoginScript GUEST = new LoginScript("guest", "guest", "/");

    /** Another user, at a vhost of its own. */
    LoginScript tenant(int number) {
        return new LoginScript(user + "-" + number, password, vhost + "-" + number);
    }
}
